#!/usr/bin/env bash
# Publishes sigqueue into a folder, builds programs that use it outside the tree, in a local repository that is empty
# at first, and sends each of them a signal: it has to tell who did. Then runs the tests of the examples.
#
#   ./sigqueue verify consumers [--long] [JDK_HOME ...]
#
# The JDK of JAVA_HOME, or of PATH, builds sigqueue. The first JDK named, or that one, builds the programs, and each
# runs them; with --long each builds them, too. What others have made comes from ~/.m2/repository as far as it is
# there. Nothing is installed into that. Gradle is Debian's, started with Debian's JDK, because it is too old for the
# newest ones. --long installs it if it is missing.

set -euo pipefail
sources=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$sources/../../.." && pwd -P)
readonly sources root
work=$(mktemp -d)
readonly work
readonly deadline=120 # seconds for one program, on a busy machine
java=
program=

# Invoked by the trap.
# shellcheck disable=SC2317
cleanup() {
  [[ -z $program ]] || kill -9 "$program" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

fail() {
  printf 'consumers: %s\n' "$*" >&2
  exit 1
}

# quietly LOG COMMAND...: shows what the command printed only if it fails.
quietly() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 </dev/null || {
    grep '^\[ERROR\]' "$log" >&2 || tail -n 40 "$log" >&2
    fail "failed: $*"
  }
}

# until_there FILE PATTERN: waits until the program has printed such a line.
until_there() {
  local end=$((SECONDS + deadline))
  until grep -q "$2" "$1"; do
    kill -0 "$program" 2>/dev/null || { grep -q "$2" "$1" && return; return 1; }
    ((SECONDS < end)) || return 1
    sleep 0.05
  done
}

# run NAME COMMAND...: starts a program, sends it a signal, and leaves its output in out and err.
run() {
  local name=$1
  shift
  : >"$work/out" >"$work/err"
  "$@" >"$work/out" 2>"$work/err" </dev/null &
  program=$!
  if until_there "$work/out" '^ready$'; then
    kill -USR1 "$program" # from this shell, whose pid is $$
    until_there "$work/out" '^SIGUSR1' || true
  fi
  if ! timeout "$deadline" tail --pid="$program" -f /dev/null; then
    kill -9 "$program"
  fi
  wait "$program" || fail "$name ended with status $?: $(cat "$work/out" "$work/err")"
  program=
}

# receives NAME COMMAND...: the program tells that this shell was the sender, and complains of nothing.
receives() {
  run "$@"
  grep -qx "SIGUSR1 from pid $$" "$work/out" || fail "$1: $(cat "$work/out" "$work/err")"
  local complaints
  complaints=$(grep -v '^SLF4J' "$work/err" || true)
  [[ -z $complaints ]] || fail "$1 complains: $complaints"
  printf '  %-28s %s\n' "$1:" "$(tail -n 1 "$work/out")"
}

# falls_back NAME REASON COMMAND...: the program receives without a sender, and says why.
falls_back() {
  local name=$1 reason=$2
  shift 2
  run "$name" "$@"
  grep -qx 'SIGUSR1, no sender' "$work/out" || fail "$name: $(cat "$work/out" "$work/err")"
  grep -qF "$reason" "$work/err" || fail "$name does not say '$reason': $(cat "$work/err")"
  printf '  %-28s %s: %s\n' "$name:" "$(tail -n 1 "$work/out")" "$reason"
}

install_gradle() {
  local sudo=()
  if [[ -z $long ]] || command -v gradle >/dev/null || ! grep -qx 'ID=debian' /etc/os-release; then
    return
  fi
  echo 'installing gradle'
  ((EUID == 0)) || sudo=(sudo)
  quietly "$work/install.log" "${sudo[@]}" apt-get update -q
  quietly "$work/install.log" "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends gradle
}

publish() {
  cd "$root"
  quietly "$work/publish.log" mvn -B -DskipTests -Dmaven.install.skip \
    -pl :sigqueue-parent,:sigqueue-core,:sigqueue-native,:sigqueue-api \
    "-DaltDeploymentRepository=deployed::file://$work/deployed" deploy
  ls "$work"/deployed/org/sigqueue >"$work/published"
}

# build JDK: builds the programs in a folder of their own.
build() {
  rm -rf "$work/consumers" "$work/repository"
  cp -r "$sources" "$work/consumers"
  cd "$work/consumers"
  JAVA_HOME=$1 quietly "$work/build.log" mvn -B "-Dmaven.repo.local=$work/repository" "-Dsigqueue.version=$version" \
    "-Ddeployed.url=file://$work/deployed" "-Dcache.url=file://$HOME/.m2/repository" package
  build_by_gradle
}

# Builds the program of the class path by Gradle, in a home of its own. All that it needs is on this machine by now.
build_by_gradle() {
  command -v gradle >/dev/null || {
    echo '  there is no Gradle here: its program is NOT built'
    return
  }
  cd "$work/consumers/gradle"
  quietly "$work/gradle.log" env -u JAVA_HOME gradle --offline --no-daemon --console=plain -g "$work/gradle-home" \
    "-PsigqueueVersion=$version" "-PdeployedUrl=file://$work/deployed" "-PcacheUrl=file://$HOME/.m2/repository" lib
}

# examples JDK: builds the examples with other libraries, and runs their tests. They name no repository of ours.
examples() {
  cat >"$work/settings.xml" <<EOF
<settings>
  <profiles>
    <profile>
      <id>here</id>
      <repositories>
        <repository><id>deployed</id><url>file://$work/deployed</url></repository>
        <repository><id>cache</id><url>file://$HOME/.m2/repository</url></repository>
      </repositories>
      <pluginRepositories>
        <pluginRepository><id>cache</id><url>file://$HOME/.m2/repository</url></pluginRepository>
      </pluginRepositories>
    </profile>
  </profiles>
  <activeProfiles><activeProfile>here</activeProfile></activeProfiles>
</settings>
EOF
  rm -rf "$work/examples"
  cp -r "$root/examples" "$work/examples"
  JAVA_HOME=$1 quietly "$work/examples.log" mvn -B -gs "$work/settings.xml" "-Dmaven.repo.local=$work/repository" \
    "-Dsigqueue.version=$version" -f "$work/examples/pom.xml" test
  sed -n 's/^\[INFO\] Tests run: \([0-9]*\),.* in \(.*\)/  \2: \1 tests/p' "$work/examples.log"
}

verify() {
  local app=$work/consumers/app/target boot=$work/consumers/boot/target/boot-1.jar
  local jar=$app/app-1.jar access=--enable-native-access by_gradle=$work/consumers/gradle/build/lib
  receives 'class path' "$java" $access=ALL-UNNAMED -cp "$jar:$app/lib/*" consumer.Main
  [[ ! -d $by_gradle ]] || receives 'class path, by Gradle' "$java" $access=ALL-UNNAMED -cp "$by_gradle/*" consumer.Main
  receives 'module path' "$java" $access=org.sigqueue.jni -p "$jar:$app/lib" -m consumer/consumer.Main
  quietly "$work/jlink.log" "${java%java}jlink" --module-path "$jar:$app/lib" \
    --add-modules consumer,org.sigqueue.jni --output "$work/image"
  receives 'jlink' "$work/image/bin/java" $access=org.sigqueue.jni -m consumer/consumer.Main
  rm -rf "$work/image"
  quietly "$work/jlink.log" "${java%java}jlink" --module-path "$jar:$app/lib" --add-modules consumer \
    --output "$work/image"
  falls_back 'jlink, the api alone' 'org.sigqueue.jni was not added' "$work/image/bin/java" -m consumer/consumer.Main
  rm -rf "$work/image"
  receives 'shaded' "$java" -jar "$app/shaded.jar"
  receives 'shaded, services merged' "$java" -jar "$app/shaded-merged.jar"
  receives 'shaded, relocated' "$java" -jar "$app/shaded-relocated.jar"
  receives 'relocated, not merged' "$java" -jar "$app/shaded-relocated-unmerged.jar"
  receives 'Spring Boot fat jar' "$java" -jar "$boot"
}

version=$(sed -n 's/^  <version>\(.*\)<\/version>$/\1/p' "$root/pom.xml")
readonly version
java_here=$(command -v "${JAVA_HOME:+$JAVA_HOME/bin/}java") || fail 'there is no java'
long=
[[ ${1:-} != --long ]] || { long=$1 && shift; }
(($#)) || set -- "$(cd "$(dirname "$(readlink -f "$java_here")")/.." && pwd)"

install_gradle
publish
printf 'published in %d s: %s\n' "$SECONDS" "$(tr '\n' ' ' <"$work/published")"
for home; do
  java=$home/bin/java
  started=$SECONDS
  built=
  if [[ -n $long || ! -d $work/consumers ]]; then
    build "$home"
    built=", built in $((SECONDS - started)) s"
  fi
  printf '%s%s\n' "$("$java" -version 2>&1 | head -n 1)" "$built"
  verify
  examples "$home"
  printf 'all in %d s\n' $((SECONDS - started))
done
