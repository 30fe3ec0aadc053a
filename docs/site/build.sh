#!/usr/bin/env bash
# Makes the site of README, docs and the Javadoc of all modules that export something: target/site/html, which needs no
# server. A broken link, with its fragment, is a failure.
#
#   ./sigqueue site [--look]
#   ./sigqueue site --pictures
#
# --look opens pages in headless Chromium, light and dark, narrow and wide, and leaves pictures in target/site/pictures;
# an error in the console, a page that is wider than the window or a picture that is not shown is a failure.
# --pictures makes nothing but the pictures of the tools on terminals, which the guide shows, anew: see pictures.py.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
work=$root/target/site
readonly here root work

fail() {
  printf 'site: %s\n' "$*" >&2
  exit 1
}

need() {
  command -v "$1" >/dev/null || fail "$1 is missing: install the Debian package $2"
}

# quietly LOG COMMAND...: shows what the command printed only if it fails.
quietly() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 </dev/null || {
    tail -n 40 "$log" >&2
    fail "failed: $*"
  }
}

make_javadoc() {
  cd "$root"
  quietly "$work/javadoc.log" mvn -B -DskipTests -pl :sigqueue-parent,:sigqueue-core,:sigqueue-native,:sigqueue-api \
    compile javadoc:aggregate
}

lay_out() {
  rm -rf "$work/sources" "$work/made" "$work/html"
  mkdir -p "$work/sources" "$work/made"
  cd "$root"
  git ls-files -co --exclude-standard -z '*.md' 'docs/*.svg' docs/site/site.css ':!:.github' \
    | tar -c --null --files-from=- | tar -x -C "$work/sources"
  cp -r target/reports/apidocs "$work/sources/javadoc"
  # Some javadocs name fonts that they do not have.
  local fonts='fonts\/dejavu.css' sheet
  find "$work/sources/javadoc" -name 'stylesheet.css' | while read -r sheet; do
    [[ -n $(find "$work/sources/javadoc" -name dejavu.css) ]] || sed -i "/$fonts/d" "$sheet"
  done
}

make_site() {
  cd "$root"
  SIGQUEUE_ROOT=$root SIGQUEUE_SITE_SOURCES=$work/sources SIGQUEUE_SITE_MADE=$work/made SIGQUEUE_SITE=$work/html \
    mkdocs build --strict --quiet --config-file "$here/mkdocs.yml"
}

look() {
  need node nodejs
  need chromium chromium
  mkdir -p "$work/browser"
  quietly "$work/npm.log" npm install --no-save --no-audit --no-fund --prefix "$work/browser" playwright-core@1.64.1
  SIGQUEUE_SITE=$work/html SIGQUEUE_PICTURES=$work/pictures \
    node "$here/look.cjs" "$work/browser/node_modules/playwright-core"
}

case ${1:-} in
  '' | --look) ;;
  --pictures)
    need tmux tmux
    [[ -n ${JAVA_HOME:-} ]] || need jfr openjdk-17-jdk-headless
    /usr/bin/python3 -c 'import rich' 2>/dev/null || fail 'Rich is missing: install the Debian package python3-rich'
    exec "$here/pictures.py"
    ;;
  *) fail "site takes --look or --pictures, not '$1'" ;;
esac
need mkdocs 'mkdocs, with mkdocs-material'
need dot graphviz
need git git
mkdir -p "$work"
make_javadoc
lay_out
make_site
printf 'site: %d pages in %s\n' "$(find "$work/html" -name '*.html' | wc -l)" "${work#"$root/"}/html/index.html"
[[ ${1:-} != --look ]] || look
