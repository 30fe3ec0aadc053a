#!/usr/bin/env bash
# Checks the models with Spin: the good ones must hold, the broken ones must be found wrong. Every search is
# exhaustive; one that runs out of memory, depth or time counts as failed.
#
#   verify.sh          small configurations, about four minutes of CPU time
#   verify.sh --all    everything: half an hour or more, and up to 8 GB of memory; at the lowest priority

set -euo pipefail
models=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

case "${1-}" in
'') all=false ;;
--all)
  all=true
  renice -n 19 $$ >/dev/null
  ;;
*)
  echo "usage: ${0##*/} [--all]" >&2
  exit 2
  ;;
esac

for need in spin:spin cc:gcc; do
  command -v "${need%:*}" >/dev/null || {
    echo "${0##*/}: ${need%:*} is missing; on Debian: apt-get install ${need#*:}" >&2
    exit 2
  }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
limit_seconds=3600 # of one search

# row RESULT WHAT STATES SECONDS
row() {
  printf '%-52s %12s %8s  %s\n' "$2" "$3" "$4" "$1"
}

# search good|broken MODEL safe|live|shortest [-D...]...: leaves its output in $work/out. For the shortest trace the
# search is breadth-first.
search() {
  local expected=$1 model=$2 kind=$3 options=(-w -DCOLLAPSE -DMEMLIM=8000) run=(-m2000000 -E)
  shift 3
  # A search that ends at the first error takes less time than the compiler needs to optimize it.
  [[ $expected == broken ]] || options+=(-O1)
  case $kind in
  safe)
    options+=(-DSAFETY)
    set -- -DSAFE "$@"
    ;;
  shortest)
    options+=(-DSAFETY -DBFS)
    set -- -DSAFE "$@"
    ;;
  live)
    options+=(-DNFAIR=3)
    run+=(-a -f)
    ;;
  esac
  rm -rf "${work:?}"/*
  cp "$models"/*.pml "$work"
  (
    cd "$work"
    {
      spin -a "$@" "$model.pml" && cc "${options[@]}" -o pan pan.c && timeout "$limit_seconds" ./pan "${run[@]}" ||
        { (($? != 124)) || echo 'Search not completed: out of time'; }
    } >out 2>&1
  )
}

# What the last search says: ok, the property that is violated, or why neither is known.
verdict() {
  local out=$work/out wrong
  wrong=$(sed -n 's/^pan[^:]*:[0-9]*: *\(assertion violated.*\|acceptance cycle\|invalid end state\).*/\1/p' "$out" | head -n 1)
  if [[ -n $wrong ]]; then
    echo "violated: ${wrong% (at depth *}"
  elif grep -q 'Search not completed\|max search depth too small\|out of memory' "$out"; then
    echo 'not finished'
  elif grep -q 'errors: 0$' "$out"; then
    echo ok
  else
    echo 'did not run'
  fi
}

# check good|broken WHAT MODEL KIND [-D...]...
check() {
  local expected=$1 what=$2 begin=${EPOCHREALTIME/[.,]/} verdict result states took
  shift 2
  search "$expected" "$@"
  verdict=$(verdict)
  case $expected/$verdict in
  good/ok) result='ok' ;;
  broken/violated:*) result="found wrong: ${verdict#violated: }" ;;
  *) result="FAILED: the $expected one is: $verdict" ;;
  esac
  states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$work/out" | head -n 1)
  took=$(((${EPOCHREALTIME/[.,]/} - begin) / 100000))
  row "$result" "$what" "$(printf '%.0f' "${states:-0}")" "$((took / 10)).$((took % 10))"
  if [[ $result == FAILED* ]]; then
    failed=$((failed + 1))
    tail -n 15 "$work/out"
  else
    passed=$((passed + 1))
  fi
}

good() { check good "$@"; }
broken() { check broken "$@"; }

# The old protocol: only a double wakeup counts, and the trace is printed.
kick() {
  local begin=${EPOCHREALTIME/[.,]/} before=$failed
  broken 'kick: the queue of Go before issue 4383' kick shortest
  ((failed == before)) || return 0
  (cd "$work" && spin -t -DSAFE kick.pml) | sed -n 's/^ *\([RS][0-9]*: .*\)/    \1/p' >"$work/trace"
  cat "$work/trace"
  if ! grep -q 'A SECOND TIME' "$work/trace"; then
    echo 'FAILED: that is no double wakeup'
    passed=$((passed - 1)) failed=$((failed + 1))
  fi
}

row result model states seconds

kick

lent() {
  local kind=$1 what=$2
  shift 2
  "$kind" "engine: lent role, $what" engine safe "$@"
}

exclusive() {
  local kind=$1 what=$2
  shift 2
  "$kind" "exclusive: $what" exclusive safe "$@"
}

kernel() {
  local kind=$1 what=$2
  shift 2
  "$kind" "kernel: $what" kernel safe "$@"
}

lending() {
  local kind=$1 what=$2
  shift 2
  "$kind" "lending: $what" lending safe "$@"
}

lifecycle() {
  local kind=$1 what=$2
  shift 2
  "$kind" "lifecycle: $what" lifecycle safe -DHANDLERS=1 "$@"
}

lent good '2 senders, close' -DPATIENT -DTAKERS=1 -DSENDERS=2 -DCLOSING
lent good 'its owner gives up' -DTAKERS=1 -DSENDERS=1 -DCLOSING
exclusive good 'no call fails' -DTHREADS=2
exclusive good 'a thread never answers' -DSTOPPED
kernel good 'a borrower beside the receiver'
kernel good 'a real-time signal beside a borrower' -DORDER
kernel good 'the quota of signals is used up' -DQUOTA
kernel good 'the borrower is told to block it' -DTOLD
lending good '2 takers, close'
lending good 'the loop fails' -DTAKERS=1 -DFAULT
lending good 'another loop follows' -DTAKERS=1 -DREOPENING
lifecycle good 'two notifiers, exit, reopening inline'

if ! $all; then
  good 'engine: 3 senders, close' engine safe -DCLOSING
  good 'engine: 2 senders, all is received in the end' engine live -DSENDERS=2
  good 'lending: 1 taker, all is settled in the end' lending live -DTAKERS=1
  good 'stop: 1 handler' stop safe -DHANDLERS=1
  good 'stop: 1 handler, asked for again meanwhile' stop safe -DHANDLERS=1 -DRENOTIFY=1
else
  good 'engine: 3 senders' engine safe
  good 'engine: 3 senders, close' engine safe -DCLOSING
  good "engine: 3 senders, close, ParkNote's steps" engine safe -DCLOSING -DPARKING
  good 'engine: 3 senders of 2 signals' engine safe -DSENDS=2
  good 'engine: all is received in the end' engine live
  good 'engine: endless senders, each signal is served' engine live -DENDLESS
  good 'engine: close ends the receiver' engine live -DCLOSING
  good 'stop: 1 handler, Stop ends' stop live -DHANDLERS=1
  good 'stop: 2 handlers' stop safe -DHANDLERS=2
  good 'stop: 2 handlers, asked for again meanwhile' stop safe -DHANDLERS=2 -DRENOTIFY=1
  good 'stop: 1 handler, another asks for it meanwhile' stop safe -DHANDLERS=1 -DRENOTIFY=2
  lent good '2 senders, close, recall' -DPATIENT -DTAKERS=1 -DSENDERS=2 -DCLOSING -DRECALLING
  lent good '2 takers, 2 senders, close' -DPATIENT -DTAKERS=2 -DSENDERS=2 -DCLOSING
  lent good '2 senders, its owner gives up' -DTAKERS=1 -DSENDERS=2
  good 'engine: lent role, all is received and taken in the end' engine live -DTAKERS=1 -DSENDERS=1
  exclusive good '3 threads' -DTHREADS=3
  exclusive good 'the quota is used up' -DTHREADS=2 -DQUOTA
  exclusive good 'the quota, and a thread never answers' -DSTOPPED -DQUOTA
  good 'exclusive: all is received, leaving ends' exclusive live -DTHREADS=2
  kernel good 'signals leave' -DLEAVING -DKILLS=1
  kernel good 'a thread sends' -DSENDER
  lending good '2 handlers' -DHANDLERS=2
  lending good 'takers give up' -DGIVES_UP=1
  lending good 'an inline handler' -DINLINE
  lending good 'another channel' -DTAKERS=1 -DAPART
  lending good 'two channels with a taker each' -DAPART
  lending good 'the loop fails, another follows' -DTAKERS=1 -DFAULT -DREOPENING
  lending good '2 takers, the loop fails' -DFAULT
  lending good '2 takers, another loop follows' -DREOPENING
  good 'lending: 2 takers, all is settled in the end' lending live
  good 'lending: the loop fails, all is settled in the end' lending live -DTAKERS=1 -DFAULT
  lifecycle good 'the receiver fails' -DFAULT
  lifecycle good 'a thread does not start' -DNO_START
fi

broken 'engine: wakes before the CAS' engine safe -DMUTANT_WAKE_FIRST
broken 'engine: a timeout does not await its wakeup' engine safe -DMUTANT_NO_AWAIT
broken 'engine: the state is read before the bit is set' engine safe -DMUTANT_REORDERED
broken 'stop: the draining word is read first' stop safe -DHANDLERS=2 -DMUTANT_DRAINING_FIRST
broken 'stop: Notify does not wait for Stop' stop safe -DHANDLERS=1 -DRENOTIFY=1 -DMUTANT_NOTIFY_AT_ONCE
lent broken 'the taker does not look again' -DPATIENT -DTAKERS=1 -DSENDERS=2 -DMUTANT_NO_SECOND_LOOK
lent broken 'taken back by a plain store' -DPATIENT -DTAKERS=1 -DSENDERS=2 -DTAKERS_GIVE_UP -DMUTANT_RECALL_BY_STORE
lent broken 'given back by a plain store' -DPATIENT -DTAKERS=1 -DSENDERS=2 -DMUTANT_GIVEN_BACK_BY_STORE
lent broken "two takers use the borrower's note" -DPATIENT -DTAKERS=2 -DSENDERS=1 -DRECALLING -DMUTANT_NOTE_NOT_CLAIMED
lent broken 'close wakes the borrower alone' -DPATIENT -DTAKERS=1 -DSENDERS=1 -DCLOSING -DMUTANT_CLOSE_WAKES_BORROWER
lent broken 'closed, the borrower wakes nobody' -DPATIENT -DTAKERS=1 -DSENDERS=1 -DCLOSING -DMUTANT_CLOSED_ASLEEP
lent broken 'its owner gives up and wakes nobody' -DTAKERS=1 -DSENDERS=1 -DMUTANT_OWNER_TAKES_SILENTLY
exclusive broken 'leaving is undone' -DTHREADS=2 -DQUOTA -DMUTANT_LEAVING_UNDONE
kernel broken 'the receiver is left aside' -DMUTANT_LEFT_ASIDE
kernel broken 'the wrong thread keeps a wake signal' -DQUOTA -DMUTANT_WAKE_KEPT
kernel broken 'the borrower leaves with a signal in hand' -DSENDER -DKILLS=1 -DMUTANT_IN_HAND
kernel broken 'the word is not compared inside the wait' -DKILLS=1 -DMUTANT_NOT_COMPARED
kernel broken 'a borrower that is told sleeps on' -DTOLD -DKILLS=1 -DMUTANT_TOLD_ASLEEP
kernel broken 'both wait for a real-time signal' -DORDER -DMUTANT_BOTH_TAKE_IT
lending broken 'the taker does not look again' -DTAKERS=1 -DMUTANT_NO_SECOND_LOOK
lending broken 'close does not recall the taker' -DTAKERS=1 -DAPART -DMUTANT_NO_RECALL
lending broken 'given back asleep with a drain due' -DTAKERS=1 -DMUTANT_DUE_NOT_SEEN
lending broken 'announced before the drain is asked for' -DTAKERS=1 -DMUTANT_ANNOUNCED_FIRST
lending broken 'the loan of a loop that has ended' -DTAKERS=1 -DREOPENING -DMUTANT_STALE
lending broken 'a channel is told late of the failure' -DTAKERS=1 -DREOPENING -DFAULT -DMUTANT_TOLD_LATE
lifecycle broken 'the loop ends by the shared state' -DMUTANT_SHARED_WORD
lifecycle broken 'published before it has started' -DNO_START -DMUTANT_PUBLISHED_FIRST
lifecycle broken 'closed is looked at without the lock' -DMUTANT_CHECKED_BEFORE
lifecycle broken 'a failure is reported first' -DFAULT -DMUTANT_REPORT_FIRST
if $all; then
  exclusive broken 'a wakeup is dropped' -DTHREADS=2 -DQUOTA -DMUTANT_WAKE_DROPPED
  exclusive broken 'no sweep' -DTHREADS=2 -DQUOTA -DMUTANT_NO_SWEEP
  exclusive broken 'where it sleeps is said after the check' -DTHREADS=2 -DMUTANT_SLEEPER_LATE
  exclusive broken 'no second look at the mode' -DTHREADS=2 -DMUTANT_NO_SECOND_LOOK
  exclusive broken 'W is blocked before the sleeper is known' -DTHREADS=2 -DQUOTA -DMUTANT_HELD_FIRST
  exclusive broken 'the masks are seen to before the wakers' -DTHREADS=2 -DQUOTA -DMUTANT_MASKS_FIRST
  exclusive broken 'given back while threads have not answered' -DTHREADS=2 -DMUTANT_GIVEN_BACK_AT_ONCE
  lifecycle broken 'the note is cleared before the claim' -DEMBEDDER -DMUTANT_CLAIMED_LATE
  lifecycle broken 'a cut does not await the offer' -DMUTANT_UNGATED
  lifecycle broken 'a failure does not await handlers' -DFAULT -DMUTANT_FAILED_AT_ONCE
  lifecycle broken 'ended while it is owed a wakeup' -DFAULT -DMUTANT_OWED_WAKEUP
  lifecycle broken 'a handler waits for the loop that fails' -DFAULT -DMUTANT_FAILING_WAITS
  broken 'engine: the bit is set before the record is there' engine safe -DMUTANT_BIT_FIRST
  broken 'engine: the sleeper is set after the check' engine safe -DPARKING -DMUTANT_KNOWN_LATE
  broken 'engine: close wakes nobody' engine safe -DCLOSING -DMUTANT_CLOSE_SILENTLY
  broken 'stop: the wanted word is read first' stop safe -DHANDLERS=2 -DMUTANT_WANTED_FIRST
  broken 'stop: the bit is set before the record is there' stop safe -DHANDLERS=2 -DMUTANT_BIT_FIRST
  broken 'stop: in flight is read before draining is set' stop safe -DHANDLERS=2 -DMUTANT_IN_FLIGHT_FIRST
fi

echo "$passed passed, $failed failed in $SECONDS s"
((failed == 0))
