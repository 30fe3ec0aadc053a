#!/usr/bin/env bash
# Builds the library for the architectures that are not this machine's, and runs its tests there, by qemu-user: the C
# tests, the loading in a program of glibc's and in one of musl's, and with a JDK for that architecture the module's
# tests in Java. Installs what it needs.
#
#   ./sigqueue verify port [--without-java] [TEST_CLASS...]
#   ./sigqueue verify port --long [STEP...]
#
# With --long a whole machine is emulated in their place: see system.sh. Test classes that are named are run alone.
# skipped.txt names the tests that the emulator fails, and why. Packages of the other architectures are fetched, unpacked
# into target/port, and never installed.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
module=$(cd "$here/../.." && pwd -P)
root=$(cd "$module/.." && pwd -P)
work=$module/target/port
readonly here module root work
readonly architectures=(aarch64 riscv64)
readonly deadline=900 # seconds for the tests of one architecture, on a busy machine
java_home=
long=false
with_java=true
with_c=true
native=$work/tree/sigqueue-native/target/native

fail() {
  printf 'port: %s\n' "$*" >&2
  exit 1
}

# quietly LOG COMMAND...: shows what the command printed only if it fails.
quietly() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 </dev/null || {
    grep -E '^(\[ERROR\]|E: )' "$log" >&2 || tail -n 40 "$log" >&2
    fail "failed: $* (log: $log)"
  }
}

install_missing() {
  local packages=() sudo=() architecture
  for architecture in "${architectures[@]}"; do
    command -v "$architecture-linux-gnu-gcc" >/dev/null || packages+=("gcc-$architecture-linux-gnu")
    [[ -e /usr/$architecture-linux-gnu/include/stdlib.h ]] || packages+=("libc6-dev-$(debian "$architecture")-cross")
  done
  command -v musl-gcc >/dev/null || packages+=(musl-tools)
  if $long; then
    command -v qemu-system-aarch64 >/dev/null || packages+=(qemu-system-arm)
    command -v cpio >/dev/null || packages+=(cpio)
  else
    command -v qemu-riscv64-static >/dev/null || packages+=(qemu-user-static)
  fi
  ((${#packages[@]})) || return 0
  printf 'installing %s\n' "${packages[*]}"
  ((EUID == 0)) || sudo=(sudo)
  quietly "$work/update.log" "${sudo[@]}" apt-get update -q
  quietly "$work/install.log" "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${packages[@]}"
}

# Debian's name of an architecture.
debian() {
  sed 's/aarch64/arm64/' <<<"$1"
}

# unpack ARCHITECTURE: fetches the packages that qemu-user needs into a root of that architecture.
unpack() {
  local architecture=$1 image=$work/$1/root packages=(musl musl-dev) link
  [[ -e $image/complete || (-e $image/musl && $with_java == false) ]] && return
  ! $with_java || packages+=("$(any_jdk jre)")
  fetch "$architecture" "$image" "${packages[@]}"
  # The links of a JRE into /etc are to stay in the root.
  find "$image" -type l -lname '/*' | while read -r link; do
    ln -sfn "$image$(readlink "$link")" "$link"
  done
  # An older linker does not know the relocations of newer debug information.
  "$architecture-linux-gnu-strip" --strip-debug "$image"/usr/lib/*-linux-musl/*crt*.o
  touch "$image/musl"
  ! $with_java || touch "$image/complete"
}

# The oldest that a release of Debian has, whole or to run programs alone.
any_jdk() {
  printf 'openjdk-%s-%s-headless ' 17 "$1" 21 "$1" 25 "$1"
}

# fetch ARCHITECTURE FOLDER WANTED...: fetches packages, and what they need, and unpacks them into a new folder. Of
# several names in one word the first that is there is taken. apt has a world of its own, in which nothing is installed.
fetch() {
  local architecture=$1 image=$2 apt=$2.apt packages=() wanted package
  shift 2
  rm -rf "$image" "$apt"
  mkdir -p "$image" "$apt"/{state/lists,cache/archives}/partial
  : >"$apt/status"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
    "$(archive)" "$(suite "$architecture")" >"$apt/sources.list"
  cat >"$apt/apt.conf" <<END
Dir::State "$apt/state";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferencesparts "-";
APT::Architecture "$(debian "$architecture")";
APT::Architectures { "$(debian "$architecture")"; };
APT::Install-Recommends "false";
APT::Sandbox::User "$(id -un)";
Acquire::Languages "none";
END
  export APT_CONFIG=$apt/apt.conf
  quietly "$work/fetch.log" apt-get -q update
  for wanted; do
    for package in $wanted ''; do
      [[ -n $package ]] || fail "$architecture: there is no package $wanted"
      [[ -z $(apt-cache pkgnames "$package") ]] || break
    done
    packages+=("$package")
  done
  quietly "$work/fetch.log" apt-get -q -y --download-only install "${packages[@]}"
  unset APT_CONFIG
  for package in "$apt"/cache/archives/*.deb; do
    dpkg-deb -x "$package" "$image"
  done
  rm -rf "$apt"
  [[ -e $image/lib ]] || ln -s usr/lib "$image/lib"
}

# Where this machine has Debian's packages from.
archive() {
  # shellcheck disable=SC2016 # apt expands it
  apt-get indextargets --format '$(CODENAME) $(SITE)' 'Created-By: Packages' \
    | sed -n "s/^$(codename) //p" | sort -u | head -n 1
}

codename() {
  sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
}

# The release of Debian for an architecture: this machine's, but the first one with riscv64 came later.
suite() {
  case $(codename) in
    bookworm) [[ $1 == riscv64 ]] && echo stable || codename ;;
    *) codename ;;
  esac
}

# build MODULE: the natives of Java are what Maven has left, if there are no tests in Java to run. Else Maven builds it
# all for all architectures, in a copy of the tree: somebody may be at work in it, and its jars are for this machine.
build() {
  if [[ $with_java == false ]]; then
    native=$module/target/native
    [[ -d $native/include ]] || (cd "$root" && quietly "$work/build.log" mvn -B -pl :sigqueue-native -am -DskipTests test-compile)
    return
  fi
  rm -rf "$work/tree"
  mkdir -p "$work/tree"
  (cd "$root" && git ls-files -z --cached --others --exclude-standard | tar -c --null --files-from=-) | tar -x -C "$work/tree"
  cd "$work/tree"
  quietly "$work/build.log" mvn -B -Pcross -DskipTests -pl ":$1" -am package
  cd "$root"
}

# The names of the tests that are left out here, of C or of Java.
skipped() {
  awk -v kind="$1" -v architecture="$2" '/^[^# ]/ && $1 == kind && ($2 == architecture || $2 == "all") { print $3 }' \
    "$here/skipped.txt"
}

# make_for ARCHITECTURE ROOT TARGET...
make_for() {
  local architecture=$1 emulated=$2
  shift 2
  SKIP_TESTS=" $(skipped c "$architecture" | tr '\n' ' ')" timeout -s KILL "$deadline" \
    make -s -j2 -C "$module/src/main/c" CC="$architecture-linux-gnu-gcc" ASAN= TSAN= \
    OUT="$work/$architecture/native" JNI_INCLUDE="$native/include" \
    JAVA_HOME="$java_home" EMULATOR="sh $here/emulate.sh $architecture $emulated" \
    MUSL_CC="$work/$architecture/musl-gcc" "$@"
}

# As musl-gcc, for another architecture, whose libc.so may be in /lib.
write_musl_gcc() {
  local of=$1-linux-musl image=$work/$1/root
  sed "s#/usr/\(include\|lib\)/$of#$image&#g; s#-L\S*/$of#-L$image/lib/$of &#" \
    "$image/usr/lib/$of/musl-gcc.specs" >"$work/$1/musl-gcc.specs"
  printf '#!/bin/sh\nexec %s-linux-gnu-gcc "$@" -specs %s\n' "$1" "$work/$1/musl-gcc.specs" >"$work/$1/musl-gcc"
  chmod +x "$work/$1/musl-gcc"
}

verify_c() {
  local architecture=$1 log=$work/$1/c.log started=$SECONDS
  make_for "$architecture" "/usr/$architecture-linux-gnu" test load >"$log" 2>&1 || {
    tail -n 40 "$log" >&2
    fail "$architecture: the C tests failed (log: $log)"
  }
  make_for "$architecture" "$work/$architecture/root" musl >>"$log" 2>&1 || {
    tail -n 40 "$log" >&2
    fail "$architecture: the library does not work over musl (log: $log)"
  }
  printf '%s, C: %s; %d left out, %d s\n' "$architecture" \
    "$(sed -n 's/^\([a-z_]*: [0-9]*\) passed, 0 failed$/\1/p' "$log" | paste -sd ',' | sed 's/,/, /g')" \
    "$(grep -c '^SKIPPED ' "$log")" $((SECONDS - started))
}

verify_java() {
  local architecture=$1 run=$work/$1/run log=$work/$1/java.log started=$SECONDS java names
  java=$(echo "$work/$architecture"/root/usr/lib/jvm/java-[0-9][0-9]-openjdk-*/bin/java)
  names=$(skipped java "$architecture" | sed 's/^/.*\\./' | paste -sd '|')
  rm -rf "$run"
  mkdir -p "$run/target"
  ln -s "$work/$architecture/native" "$run/target/native"
  make_for "$architecture" none hostile
  cd "$run"
  # shellcheck disable=SC2046 # one class path
  timeout -s KILL "$deadline" sh "$here/emulate.sh" "$architecture" "$work/$architecture/root" \
    "$java" --enable-native-access=ALL-UNNAMED -cp "$(class_path)" \
    org.junit.platform.console.ConsoleLauncher execute --disable-banner --details=tree --disable-ansi-colors \
    "${tests[@]}" ${names:+--exclude-methodname "$names"} \
    >"$log" 2>&1 </dev/null || {
    grep -E '\[X\]|tests' "$log" >&2 || tail -n 40 "$log" >&2
    fail "$architecture: the tests in Java failed (log: $log)"
  }
  cd "$root"
  printf '%s, Java: %s; %s, %d s\n' "$architecture" "$("$here/emulate.sh" "$architecture" "$work/$architecture/root" "$java" -version 2>&1 | head -n 1)" \
    "$(sed -n 's/^\[ *\([0-9]* tests [a-z]*\) *\]$/\1/p' "$log" | paste -sd ',')" $((SECONDS - started))
}

class_path() {
  printf '%s:' "$work"/tree/sigqueue-{native,core}/target/{test-classes,classes} "$work"/lib/*.jar
}

# The console of JUnit.
fetch_junit() {
  local version
  mkdir -p "$work/lib"
  version=$(sed -n 's/.*<junit.version>5\(.*\)<.*/1\1/p' "$root/pom.xml")
  (cd "$root" && quietly "$work/junit.log" mvn -B -N dependency:copy -DoutputDirectory="$work/lib" \
    -Dartifact="org.junit.platform:junit-platform-console-standalone:$version")
}

case ${1:-} in
  '') ;;
  --without-java) with_java=false ;;
  --long) long=true ;;
  -*) fail "port takes --without-java, --long or classes of tests, not '$1'" ;;
esac
tests=("--scan-class-path=$work/tree/sigqueue-native/target/test-classes")
if $with_java && (($#)) && ! $long; then
  tests=("${@/#/--select-class=org.sigqueue.jni.}")
  with_c=false
fi
java_here=$(command -v "${JAVA_HOME:+$JAVA_HOME/bin/}javac") || fail 'there is no javac'
java_home=$(cd "$(dirname "$(readlink -f "$java_here")")/.." && pwd)
mkdir -p "$work"
install_missing
if $long; then
  shift
  # shellcheck source=system.sh
  source "$here/system.sh"
  exit
fi
build sigqueue-native
printf 'built in %d s\n' "$SECONDS"
make -s -C "$module/src/main/c" load musl OUT="$native" JAVA_HOME="$java_home"
for architecture in "${architectures[@]}"; do
  unpack "$architecture"
  mkdir -p "$work/$architecture/native"
  write_musl_gcc "$architecture"
  ! $with_c || verify_c "$architecture"
done
if $with_java; then
  fetch_junit
  for architecture in "${architectures[@]}"; do
    verify_java "$architecture"
  done
fi
printf 'all in %d s\n' "$SECONDS"
