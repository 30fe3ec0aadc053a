#!/usr/bin/env bash
# Builds what a release publishes twice, in two folders of different length outside the tree, and checks it: each file
# is the same in both, byte for byte, and each artifact has what a public repository asks for.
#
#   ./sigqueue verify release
#
# A key that is made for this, and thrown away, signs one of the two builds.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd -P)
readonly root modules=(sigqueue-core sigqueue-native sigqueue-api)
work=$(mktemp -d)
readonly work
jar=$(command -v "${JAVA_HOME:+$JAVA_HOME/bin/}jar") || {
  echo 'release: there is no jar, of a JDK' >&2
  exit 1
}
trap 'GNUPGHOME=$work/gnupg gpgconf --kill all >/dev/null 2>&1 || true; rm -rf "$work"' EXIT

fail() {
  printf 'release: %s\n' "$*" >&2
  exit 1
}

# Once, because somebody may be at work in the tree.
copy_sources() {
  mkdir "$work/sources"
  cd "$root"
  git ls-files -z | tar -c --null --files-from=- | tar -x -C "$work/sources"
}

# Makes a key, of which nothing is left afterwards.
make_key() {
  export GNUPGHOME=$work/gnupg
  mkdir -m 700 "$GNUPGHOME"
  gpg --batch --quiet --passphrase '' --quick-generate-key 'nobody <nobody@invalid>' ed25519 sign 1d
}

# build FOLDER [PROFILE]: publishes into FOLDER/deployed, and moves that to FOLDER/published.
build() {
  local folder=$1 profiles=release,cross${2:+,$2}
  mkdir -p "$folder"
  cp -r "$work/sources" "$folder/tree"
  cd "$folder/tree"
  mvn -B "-P$profiles" -DskipTests -Dmaven.install.skip \
    -pl ":sigqueue-parent$(printf ',:%s' "${modules[@]}")" \
    "-DaltDeploymentRepository=deployed::file://$folder/deployed" deploy >"$folder/log" 2>&1 </dev/null || {
    grep '^\[ERROR\]' "$folder/log" >&2 || tail -n 40 "$folder/log" >&2
    fail 'the build failed'
  }
  # The time of a snapshot is in the names of its files, and in the metadata.
  (cd "$folder/deployed" && find . -type f ! -name 'maven-metadata*' ! -name '*.sha1' ! -name '*.md5') \
    | while read -r file; do
      mkdir -p "$folder/published/$(dirname "$file")"
      mv "$folder/deployed/$file" "$folder/published/$(sed 's/-[0-9]\{8\}\.[0-9]\{6\}-[0-9]*/-SNAPSHOT/' <<<"$file")"
    done
}

compare() {
  local different
  different=$(diff -rq --exclude='*.asc' "$work/a/published" "$work/in-another-folder/published" || true)
  [[ -z $different ]] || fail "two builds differ: $different"
  printf 'the same in two folders: %d files\n' "$(find "$work/a/published" -type f | wc -l)"
}

# has JAR PATTERN: the jar has a file of such a name.
has() {
  [[ -n $("$jar" tf "$1" | grep -x "$2") ]] || fail "${1##*/} has no $2"
}

check_signatures() {
  local signature count=0
  while read -r signature; do
    gpg --batch --quiet --verify "$signature" "${signature%.asc}" 2>"$work/gpg.log" \
      || fail "$signature: $(cat "$work/gpg.log")"
    count=$((count + 1))
  done < <(find "$work/in-another-folder/published" -name '*.asc')
  local files
  files=$(find "$work/a/published" -type f | wc -l)
  ((count == files)) || fail "$count of $files files are signed"
  printf 'signed: %d files\n' "$count"
}

check() {
  local module base
  for module in "${modules[@]}"; do
    base=$(echo "$work"/a/published/org/sigqueue/"$module"/*/"$module"-*.pom)
    base=${base%.pom}
    has "$base.jar" module-info.class
    has "$base-sources.jar" module-info.java
    has "$base-javadoc.jar" index.html
    grep -q '"bomFormat" : "CycloneDX"' "$base-cyclonedx.json" || fail "$module has no bill of materials"
    rm -rf "$work/inside" && mkdir "$work/inside" && (cd "$work/inside" && "$jar" xf "$base.jar")
    ! grep -rlaF -e "$work" -e "$root" "$work/inside" || fail "$module names a folder of this machine"
    printf '%s: %s\n' "$module" "$(cd "${base%/*}" && find . -type f -printf '%f %s bytes, ' | sed 's/, $//')"
  done
  has "$(echo "$work"/a/published/org/sigqueue/sigqueue-native/*/*-sources.jar)" sigshim.c
  local architecture
  for architecture in "$(uname -m | sed 's/x86_64/amd64/')" aarch64 riscv64; do
    has "$(echo "$work"/a/published/org/sigqueue/sigqueue-native/*/*[0-9T].jar)" \
      "org/sigqueue/jni/linux-$architecture/libsigqueue.so"
  done
  local pom=$work/a/published/org/sigqueue/sigqueue-parent/*/*.pom element
  for element in name description url licenses developers scm; do
    # shellcheck disable=SC2086 # one file
    grep -q "^  <$element[ >]" $pom || fail "the parent pom has no <$element>"
  done
}

for tool in gpg gpgconf git aarch64-linux-gnu-gcc riscv64-linux-gnu-gcc; do
  command -v "$tool" >/dev/null || fail "$tool is missing"
done
copy_sources
make_key
build "$work/a"
build "$work/in-another-folder" sign
compare
check_signatures
check
printf 'all in %d s\n' "$SECONDS"
