#!/bin/sh
# The first process of the machine that system.sh emulates: runs every test there, tells each result in a line of its
# own on the console, and switches the machine off. Its arguments are the steps to take.
#
#   RESULT NAME STATUS SECONDS
set -u
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8

prepare() {
  mkdir -p /proc /sys /dev /run /tmp /root /var/tmp
  chmod 1777 /tmp /var/tmp
  mount -t proc proc /proc
  mount -t sysfs sysfs /sys
  [ -e /dev/null ] || mount -t devtmpfs devtmpfs /dev
  mkdir -p /dev/pts /dev/shm
  mount -t devpts -o ptmxmode=0666 devpts /dev/pts
  mount -t tmpfs -o mode=1777 tmpfs /dev/shm
  mount -t tmpfs -o mode=1777,noexec tmpfs /run # a place where the library cannot be loaded from
  ln -sf /proc/self/fd /dev/fd
  echo 'root:x:0:0:root:/root:/bin/sh' >/etc/passwd
  echo 'root:x:0:' >/etc/group
}

# step NAME COMMAND...
step() {
  name=$1
  shift
  started=$(date +%s)
  printf '==> %s\n' "$name"
  "$@"
  printf 'RESULT %s %d %d\n' "$name" $? $(($(date +%s) - started))
}

facts() {
  uname -srm
  "$java" -version 2>&1
}

# Nothing is compiled: there is no compiler, and all is up to date. The gates have read the same files before.
c_tests() {
  make -s -C /sigqueue/sigqueue-native/src/main/c CC=false -o gates test load musl
}

java_tests() {
  cd /sigqueue/sigqueue-native || return 1
  "$java" --enable-native-access=ALL-UNNAMED -cp "$(printf '%s:' /sigqueue/classes/*/* /sigqueue/lib/*.jar)" \
    org.junit.platform.console.ConsoleLauncher execute --disable-banner --details=testfeed --disable-ansi-colors \
    --scan-class-path=/sigqueue/classes/sigqueue-native/test-classes
}

command_line() {
  "$java" -jar /sigqueue/app/sigqueue-stress-*.jar "$@"
}

# It has to find the library for this machine in its jar, and all that the kernel can do.
doctor() {
  command_line doctor >/tmp/doctor
  status=$?
  cat /tmp/doctor
  grep -qx 'signals can be received (source native), no problems' /tmp/doctor && return $status
}

# A value goes from one process to another.
send() {
  command_line watch --json --count 1 RTMIN+3 >/tmp/watched 2>/tmp/watching &
  watcher=$!
  until grep -q ' watches ' /tmp/watching; do
    kill -0 $watcher || return 1
    sleep 1
  done
  command_line send --signal RTMIN+3 --value 4242 "$(sed -n 's/^process \([0-9]*\) watches .*/\1/p' /tmp/watching)"
  wait $watcher
  status=$?
  cat /tmp/watching /tmp/watched
  grep '"signal":"SIGRTMIN+3"' /tmp/watched | grep -q '"value":4242' && return $status
}

stress() {
  command_line stress --scenario kill-self,rt-queue --duration 3s --workers 2
}

if [ $$ != 1 ]; then
  java=$(echo /usr/lib/jvm/java-[0-9][0-9]-openjdk-*/bin/java)
  for each; do
    step "$each" "$each"
  done
  exit
fi
prepare
# Tests look at their parents, their sessions and what is blocked: a first process has not the usual ones.
setsid sh "$0" "$@" </dev/null 2>&1 | cat >/dev/console
echo o >/proc/sysrq-trigger
sleep 1000
