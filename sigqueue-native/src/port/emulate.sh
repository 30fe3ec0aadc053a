#!/bin/sh
# Runs a program of another architecture, and those that it starts, by qemu-user; programs of this one run as ever.
# Usage: emulate.sh ARCHITECTURE ROOT PROGRAM [ARGUMENT...]
#
# ROOT has its dynamic loader and libraries. The kernel is told of the emulator in namespaces of the program's
# own, so nothing changes outside: since Linux 6.7, and where users may make namespaces.
set -eu
emulator=$(command -v "qemu-$1-static")
case $1 in
aarch64) machine='\xb7\x00' ;;
riscv64) machine='\xf3\x00' ;;
*) echo "emulate: no architecture is named $1" >&2 && exit 2 ;;
esac
ident='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
export EMULATION=":$1:M::$ident$machine:$mask:$emulator:FP" QEMU_LD_PREFIX="$2"
shift 2
ulimit -c 0
# shellcheck disable=SC2016 # the inner shell expands it
exec unshare --user --map-root-user --mount sh -ec '
  mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
  printf "%s" "$EMULATION" >/proc/sys/fs/binfmt_misc/register
  unset EMULATION
  exec "$@"' sh "$@"
