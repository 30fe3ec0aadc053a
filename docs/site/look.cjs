// Opens pages of the site in headless Chromium, each light and dark, narrow and wide; searches for a word; takes
// pictures. Fails on an error in the console, on a request that fails, on a page that is wider than its window, and on a
// picture that is not shown.
//
//   node look.cjs PLAYWRIGHT     with SIGQUEUE_SITE, the folder of the site, and SIGQUEUE_PICTURES

const fs = require('fs');
const http = require('http');
const path = require('path');
const { chromium } = require(process.argv[2]);

const site = process.env.SIGQUEUE_SITE;
const pictures = process.env.SIGQUEUE_PICTURES;
const pages = ['', 'docs/guide/', 'docs/guide/neighbours/', 'docs/guide/observing/',
  'docs/guide/who-sent-it/', 'docs/guide/real-time/', 'docs/design/', 'docs/states/', 'docs/comparison/',
  'docs/performance/', 'docs/verification/', 'docs/adr/', 'examples/', 'javadoc/index.html',
  'source/sigqueue-core/src/main/java/org/sigqueue/core/SignalQueue.java.html'];
const types = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.json': 'application/json',
  '.svg': 'image/svg+xml', '.png': 'image/png' };

// Every browser asks for this at the root, where a site below another path has no say.
const icon = '/favicon.ico';

function serve(request, response) {
  if (request.url === icon) {
    response.writeHead(204).end();
    return;
  }
  let file = path.join(site, decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
  if (file.endsWith('/')) {
    file += 'index.html';
  }
  if (!file.startsWith(site + path.sep) || !fs.existsSync(file)) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': types[path.extname(file)] || 'application/octet-stream' });
  fs.createReadStream(file).pipe(response);
}

// Searches for the word until the page shows this result: it may not listen yet to a click or to keys. So each time
// begins anew, and has longer.
async function search(page, address, isNarrow, word, result) {
  for (let pause = 500; ; pause *= 2) {
    await page.goto(address);
    if (isNarrow) {
      await page.click('label[for="__search"].md-header__button');
    }
    try {
      await page.locator('.md-search__input').pressSequentially(word, { timeout: pause });
      await page.waitForSelector(result, { timeout: pause });
      return;
    } catch (error) {
      if (pause > 60000) {
        throw error;
      }
    }
  }
}

async function main() {
  const server = http.createServer(serve);
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const address = `http://127.0.0.1:${server.address().port}/`;
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', timeout: 120000,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'] });
  const faults = [];
  fs.mkdirSync(pictures, { recursive: true });
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [400, 1400]) {
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
      context.setDefaultTimeout(120000);
      const page = await context.newPage();
      let where = '';
      page.on('console', (message) => message.type() === 'error' && faults.push(`${where}: ${message.text()} ${message.location().url}`));
      page.on('pageerror', (error) => faults.push(`${where}: ${error}`));
      page.on('requestfailed', (request) => request.failure().errorText !== 'net::ERR_ABORTED'
        && faults.push(`${where}: ${request.url()}: ${request.failure().errorText}`));
      for (const name of pages) {
        where = `/${name} ${colorScheme} ${width}`;
        await page.goto(address + name, { waitUntil: 'load' });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        if (wide > 0) {
          faults.push(`${where}: wider than the window, by ${wide}`);
        }
        const blank = await page.evaluate(() => [...document.images].filter((image) => !image.complete || !image.naturalWidth)
          .map((image) => image.src));
        blank.forEach((image) => faults.push(`${where}: ${image} is not shown`));
        const picture = `${name.replace(/\/?(index\.html)?$/, '').split('/').pop() || 'home'}-${colorScheme}-${width}.png`;
        await page.screenshot({ path: path.join(pictures, picture), fullPage: name.startsWith('docs/guide/') });
      }
      where = `search ${colorScheme} ${width}`;
      await search(page, address, width === 400, 'readiness', '.md-search-result__item a[href*="neighbours"]');
      await page.screenshot({ path: path.join(pictures, `search-${colorScheme}-${width}.png`) });
      await context.close();
    }
  }
  await browser.close();
  server.close();
  faults.forEach((fault) => console.error(fault));
  console.log(`site: looked at ${pages.length} pages, each in 4 ways, and searched: ${faults.length} faults`);
  process.exitCode = faults.length ? 1 : 0;
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
