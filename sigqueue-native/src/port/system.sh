# shellcheck shell=bash
# A whole machine for aarch64, by qemu-system: Debian's kernel, JDK and C library, and nothing else of a distribution.
# There nothing is left out for the emulator's sake: all C tests, under the sanitizers too, all tests of the native
# module in Java, and the commands doctor, send and stress. verify.sh reads this file; guest.sh is what runs inside.
#
# Steps of guest.sh that are named are taken alone.
#
# The machine has its files in memory, no disk and no network. Its console is a file. Nothing is mounted here.

readonly system=$work/system
readonly stage=$system/stage
readonly console=$system/console.log
readonly machine_deadline=7200 # seconds, on a busy machine
readonly memory=4G
all_steps=(doctor send stress c_tests java_tests)
readonly all_steps
# Of C, where stress_test runs twice. The others are without the tests that say SKIPPED.
readonly programs=(sigshim_test disposition_test sigwait_test arguments_test beside_test copies_test
  stress_asan stress_tsan natives_test natives_test_musl)
machine=

# An archive of files that belong to root, as the kernel unpacks them at its start.
archive_of() {
  (cd "$1" && find . -print0 | cpio --quiet -0 -o -H newc -R 0:0)
}

# The packages, once: the files as an archive, and the kernel.
unpack_system() {
  local image=$system/root
  [[ ! -e $system/packages.cpio ]] || return 0
  fetch aarch64 "$image" linux-image-cloud-arm64 "$(any_jdk jdk)" bash coreutils dash diffutils findutils grep \
    libc-bin make mount musl procps sed util-linux
  cp "$image"/boot/vmlinuz-* "$system/kernel"
  rm -rf "$image"/{boot,lib/modules,usr/lib/modules} "$image"/usr/share/{doc,info,locale,man} \
    "$image"/usr/lib/jvm/*/jmods
  archive_of "$image" >"$system/packages.new"
  rm -rf "$image"
  mv "$system/packages.new" "$system/packages.cpio"
}

# The tests and programs, at the place where they are there, built here: an emulated compiler takes long.
stage_all() {
  local there=$stage/sigqueue part c
  rm -rf "$stage"
  mkdir -p "$there"/{app,lib,sigqueue-native/target/native}
  cp -r "$work/tree/sigqueue-native/src" "$there/sigqueue-native/"
  (cd "$work/tree" && find . -name BlockLayout.java | cpio --quiet -pd "$there")
  cp -r "$native/include" "$there/sigqueue-native/target/native/"
  c=$there/sigqueue-native/src/main/c
  quietly "$system/make.log" make -s -j2 -C "$c" CC=aarch64-linux-gnu-gcc JAVA_HOME="$java_home" \
    MUSL_CC="$work/aarch64/musl-gcc" LDFLAGS='-static-libasan -static-libubsan -static-libtsan' programs hostile
  for part in sigqueue-core sigqueue-native; do
    mkdir -p "$there/classes/$part"
    cp -r "$work/tree/$part"/target/{test-classes,classes} "$there/classes/$part/"
  done
  cp "$work"/lib/*.jar "$there/lib/"
  cp "$work"/tree/sigqueue-stress/target/app/*.jar "$there/app/"
  cp "$here/guest.sh" "$stage/init"
  chmod -R a+rX "$stage"
  chmod 755 "$stage/init"
}

end_machine() {
  [[ -z $machine ]] || kill "$machine" 2>/dev/null || true
  rm -f "$system/files.cpio"
}

run_machine() {
  { cat "$system/packages.cpio" && archive_of "$stage"; } >"$system/files.cpio"
  : >"$console"
  trap end_machine EXIT
  trap 'exit 130' INT TERM
  timeout -s KILL "$machine_deadline" \
    qemu-system-aarch64 -M virt -cpu max,pauth-impdef=on -accel tcg,thread=multi -smp 2 -m "$memory" \
    -nic none -display none -monitor none -no-reboot -serial "file:$console" \
    -kernel "$system/kernel" -initrd "$system/files.cpio" \
    -append "console=ttyAMA0 rdinit=/init panic=-1 loglevel=1 -- facts ${steps[*]}" </dev/null &
  machine=$!
  wait "$machine" || fail "the machine ended with status $? (log: $console)"
  machine=
}

# What has not been told counts as failed.
check_results() {
  local name status seconds
  sed -i 's/\r$//' "$console"
  for name in facts "${steps[@]}"; do
    read -r status seconds < <(sed -n "s/^RESULT $name //p" "$console") || fail "no result of $name (log: $console)"
    [[ $status == 0 ]] || fail "$name failed after $seconds s (log: $console)"
    printf '  %s: %d s\n' "$name" "$seconds"
    "check_$name"
  done
}

check_facts() { tell '^(Linux|openjdk version) .*'; }
check_doctor() { tell '^signals can be received .*'; }
check_send() { tell '.*"value":4242.*'; }
check_stress() { tell '^2 passed, 0 failed$'; }

check_c_tests() {
  local program
  for program in "${programs[@]}"; do
    tell "^$program: [1-9][0-9]* passed, 0 failed$"
  done
  grep SKIPPED "$console" || true
}

check_java_tests() {
  tell '^\[ +[1-9][0-9]* tests (found|successful) +\]$'
  tell '^\[ +[0-9]+ tests (skipped|aborted) +\]$'
  tell '^\[ +0 tests failed +\]$'
}

# tell PATTERN: shows the lines, of which there have to be some.
tell() {
  grep -E "$1" "$console" | sed 's/^/    /' || fail "not on the console: $1 (log: $console)"
}

mkdir -p "$system"
steps=("$@")
((${#steps[@]})) || steps=("${all_steps[@]}")
[[ -z $(printf '%s\n' "${steps[@]}" | grep -vxF "$(printf '%s\n' "${all_steps[@]}")") ]] \
  || fail "--long takes steps of ${all_steps[*]}, not ${steps[*]}"
build sigqueue-stress
fetch_junit
with_java=false unpack aarch64
write_musl_gcc aarch64
unpack_system
stage_all
printf 'built in %d s; the machine runs (log: %s)\n' "$SECONDS" "$console"
run_machine
check_results
printf 'all in %d s\n' "$SECONDS"
