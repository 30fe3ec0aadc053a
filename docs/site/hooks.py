"""What the site has beside the pages of the repository: a page for each source file that one of them links to, a page
and a picture of the engine's states, which are read from the one description of them, and the list of decisions.
Then each link of each page is checked, with its fragment."""

import html
import os
import pathlib
import re
import subprocess
import urllib.parse
from html.parser import HTMLParser

import pygments
from mkdocs.structure.files import File
from mkdocs.utils import log
from pygments.formatters import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_for_filename
from pygments.util import ClassNotFound

ROOT = pathlib.Path(os.environ['SIGQUEUE_ROOT'])
MADE = pathlib.Path(os.environ['SIGQUEUE_SITE_MADE'])
QUEUE = ROOT / 'sigqueue-core/src/main/java/org/sigqueue/core/SignalQueue.java'
LINK = re.compile(r'(\]\()([^)\s]+)(\))')
STATES = ['ACTIVE', 'PENDING', 'WAITING', 'LENT', 'CLOSED']


# Pages of sources


def target_of(page, link):
    """The file of the repository that a link of a page leads to, with its fragment; None if it leads elsewhere."""
    path, _, fragment = link.partition('#')
    if not path or '://' in link or link.startswith('mailto:'):
        return None
    return os.path.normpath(os.path.join(os.path.dirname(page), urllib.parse.unquote(path))), fragment


def page_of(target):
    """The page of the site that shows a file or a folder."""
    if (ROOT / target / 'README.md').is_file():
        return target + '/README.md'
    if target == 'docs/adr':
        return 'docs/adr/README.md'
    if target.endswith(('.md', '.svg')):
        return target
    return f'source/{target}.html'


def resolved(page, match):
    found = target_of(page, match.group(2))
    if found is None:
        return match.group(0)
    target, fragment = found
    if not (ROOT / target).exists():
        return match.group(0)  # which MkDocs complains about
    link = os.path.relpath(page_of(target), os.path.dirname(page) or '.')
    return match.group(1) + link + ('#' + fragment if fragment else '') + match.group(3)


def source_page(target):
    path = ROOT / target
    if path.is_dir():
        listed = subprocess.run(
            ['git', 'ls-files', target], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        body = '<ul>' + ''.join(f'<li>{html.escape(name)}</li>' for name in listed) + '</ul>'
    else:
        text = path.read_text()
        try:
            lexer = get_lexer_for_filename(path.name, text)
        except ClassNotFound:
            lexer = TextLexer()
        body = pygments.highlight(text, lexer, HtmlFormatter(nobackground=True))
    up = os.path.relpath('.', os.path.dirname(page_of(target)))
    dark = HtmlFormatter(style='monokai', nobackground=True).get_style_defs()
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(target)}</title><link rel="icon" href="{up}/assets/images/favicon.png"><style>
:root {{ color-scheme: light dark; }}
body {{ font-family: sans-serif; margin: 1rem; }}
pre {{ overflow-x: auto; }}
li, h1 {{ overflow-wrap: anywhere; }}
{HtmlFormatter(nobackground=True).get_style_defs()}
@media (prefers-color-scheme: dark) {{ {dark} }}
</style></head><body><p><a href="{up}/index.html">sigqueue</a></p><h1>{html.escape(target)}</h1>{body}</body></html>
"""


def linked_sources():
    found = set()
    for page in pages():
        for match in LINK.finditer((ROOT / page).read_text()):
            target = target_of(page, match.group(2))
            if target and (ROOT / target[0]).exists() and page_of(target[0]).startswith('source/'):
                found.add(target[0])
    return found


def pages():
    listed = subprocess.run(
        ['git', 'ls-files', '-co', '--exclude-standard', '*.md'], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [page for page in listed.stdout.splitlines() if not page.startswith('.')]


# The states of the engine


def description():
    """The one description of the machine, without the stars of its comment."""
    lines = QUEUE.read_text().split('  /*\n', 1)[1].split('   */', 1)[0].splitlines()
    return [line.strip().removeprefix('*').removeprefix(' ') for line in lines]


def transitions():
    """Each transition of the description, with its sentence and who makes it."""
    role, found = '', []
    for line in description():
        match = re.match(r'  ([A-Za-z]+) -> ([A-Z]+) +(\S.*)', line)
        if match:
            begin, end, why = match.groups()
            found += [(state, end, role, why) for state in (STATES if begin == 'any' else [begin]) if state != end]
        elif line.startswith(('A sender', 'The receiver, when', "The receiver's role", 'A thread')):
            role = line.split()[1].rstrip(",'s") if line.startswith('The') or line.startswith('A s') else 'borrower'
            role = 'owner' if line.startswith("The receiver's role") else role
    return found


def states_page():
    colours = {'sender': '#b45309', 'receiver': '#0072b2', 'borrower': '#15803d', 'owner': '#6b7280'}
    edges = {}
    for begin, end, role, _ in transitions():
        edges.setdefault((begin, end, role), None)
    seen = {state for edge in edges for state in edge[:2]}
    if seen != set(STATES) or {edge[2] for edge in edges} != set(colours):
        raise SystemExit(f'the description of {QUEUE.name} is not understood: {edges}')
    dot = ['digraph { rankdir=LR; node [shape=box style=rounded fontname=sans]; edge [fontname=sans fontsize=11];']
    for begin, end, role in edges:
        colour = colours[role]
        dot.append(f'{begin} -> {end} [label="{role}" color="{colour}" fontcolor="{colour}"];')
    svg = subprocess.run(['dot', '-Tsvg'], input='\n'.join(dot) + '}', capture_output=True, text=True, check=True)
    rows = [f'| {begin} | {end} | {role} | {why} |' for begin, end, role, why in transitions()]
    text = '\n'.join(
        [
            '# The states of the queue',
            '',
            '![Each state of the queue, and who leads to the next](states.svg)',
            '',
            f'The picture is made of the description in [SignalQueue](../{QUEUE.relative_to(ROOT)}), which is this:',
            '',
            '```text',
            *description(),
            '```',
            '',
            '| from | to | by | the sentence begins |',
            '|---|---|---|---|',
            *rows,
        ]
    )
    return text, svg.stdout


def decisions_page():
    lines = ['# Decisions', '']
    for path in sorted((ROOT / 'docs/adr').glob('*.md')):
        title = path.read_text().splitlines()[0].lstrip('# ')
        lines += [f'- [{title}]({path.name})']
    return '\n'.join(lines)


# What MkDocs calls


def on_files(files, config):
    def add(name, text):
        path = MADE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        files.append(File(name, str(MADE), config['site_dir'], config['use_directory_urls']))

    text, picture = states_page()
    add('docs/states.md', text)
    add('docs/states.svg', picture)
    add('docs/adr/README.md', decisions_page())
    for target in sorted(linked_sources() | {str(QUEUE.relative_to(ROOT))}):
        add(page_of(target), source_page(target))
    return files


def on_page_markdown(markdown, page, config, files):
    return LINK.sub(lambda match: resolved(page.file.src_path, match), markdown)


class Anchors(HTMLParser):
    """The identifiers and links of a page."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links = {''}, []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == 'id' or (name == 'name' and tag == 'a'):
                self.ids.add(value)
            elif name in ('href', 'src') and value:
                self.links.append(value)


def on_post_build(config):
    site = pathlib.Path(config['site_dir'])
    of = {}

    def anchors(path):
        if path not in of:
            of[path] = Anchors(path.read_text())
        return of[path]

    checked, broken = 0, []
    for path in sorted(site.rglob('*.html')):
        if 'javadoc' in path.relative_to(site).parts or path.name == '404.html':
            continue  # javadoc checks its own; the other has the address of the site in its links
        for link in anchors(path).links:
            address = urllib.parse.urlsplit(link)
            if address.scheme or address.netloc:
                continue
            to = path if not address.path else path.parent / urllib.parse.unquote(address.path)
            to = to / 'index.html' if to.is_dir() else to
            checked += 1
            if not to.is_file() or (
                to.suffix == '.html' and urllib.parse.unquote(address.fragment) not in anchors(to.resolve()).ids
            ):
                broken.append(f'{path.relative_to(site)}: {link}')
    if broken:
        raise SystemExit('broken links:\n' + '\n'.join(broken))
    log.info('%d links lead somewhere', checked)
