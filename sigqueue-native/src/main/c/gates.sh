#!/bin/sh
# What a built library has to fulfil. Usage: gates.sh GATE LIBRARY
#
#   tls       no thread-local storage: a handler may run before libc has set it up for a thread
#   exports   JNI_OnLoad, and nothing else that could be mistaken for another library's
#   imports   what imports.txt names, and nothing else
#   glibc     no newer version of glibc than the oldest that we support
#   relative  no text relocations, no executable stack, no path of the machine that has built it
#   all       all of them
#
# Prints what is wrong, and fails then.
set -u
gate=$1
library=$2
here=$(dirname "$0")

fail() {
  echo "$library: $gate: $1" >&2
  exit 1
}

case $gate in
tls)
  readelf -lW "$library" | grep -qw TLS && fail 'has thread-local storage'
  ;;
exports)
  names=$(nm -D --defined-only --format=posix "$library" | sed 's/[@ ].*//')
  [ "$names" = JNI_OnLoad ] || fail "exports $(echo $names)"
  ;;
imports)
  names=$(nm -D --undefined-only --format=posix "$library" | sed 's/[@ ].*//' |
    grep -vxFf "$here/imports.txt")
  [ -z "$names" ] || fail "imports $(echo $names), not in imports.txt"
  ;;
glibc)
  case $(readelf -hW "$library") in
  *RISC-V*) oldest=2.27 ;;
  *) oldest=2.17 ;;
  esac
  newest=$(readelf -VW "$library" | sed -n 's/.*Name: GLIBC_\([0-9.]*\).*/\1/p' | sort -V | tail -1)
  [ "$(printf '%s\n' "$oldest" "$newest" | sort -V | tail -1)" = "$oldest" ] ||
    fail "needs glibc $newest, and not $oldest"
  ;;
relative)
  readelf -dW "$library" | grep -q TEXTREL && fail 'has text relocations'
  readelf -lW "$library" | grep GNU_STACK | grep -q RWE && fail 'has an executable stack'
  grep -qF -e "$(cd "$here" && pwd)" -e "${HOME:-/nonexistent}/" "$library" &&
    fail 'names a directory of this machine'
  ;;
all)
  for each in tls exports imports glibc relative; do
    sh "$0" $each "$library" || exit 1
  done
  ;;
*)
  fail 'is no gate'
  ;;
esac
exit 0
