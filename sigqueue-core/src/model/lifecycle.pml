/*
 * The life around the engine: Hub.java, DispatchLoop.java, Route.java, Drain.java and Receiver.java. One signal,
 * handlers that accept it, and three notifiers over one source that register and close meanwhile. The engine is that of
 * words.pml, reduced to what matters here. That Stop is exact is shown by stop.pml, whose steps are taken together here.
 *
 *   User 1    registers a subscriber with notifier 1, whose code runs on the loop: an inline handler.
 *   Closer 1  closes notifier 1, at any time.
 *   User 2    registers with notifier 2 and closes that, ROUNDS times; or leaves it open.
 *   The inline handler may, the first time, close notifier 1 and register with notifier 3, or not come back, like
 *   System.exit. With REOPENING somebody closes notifier 3.
 *
 *   FAULT     The receiver may fail once while it sleeps, also when a sender has ended the sleep and not woken it yet.
 *   NO_START  A thread may fail to start, once.
 *   EMBEDDER  Somebody else claims the receiver of the block, and ends that.
 *
 * Checked: each occurrence that was accepted is offered, or dropped and counted because its route was cut; nothing is
 * offered after close has returned; there is one receiver at most, and none receives after its end; no wakeup without a
 * waiter, no double wakeup; every registration and every close returns; what is registered is served; when nothing is,
 * nothing is claimed, running, wanted or installed.
 *
 * Taken for granted: a second is enough for a handler, so that none that was in flight at Stop is when a route is cut.
 */
#ifndef HANDLERS
#define HANDLERS 2
#endif
#ifndef ROUNDS
#define ROUNDS 1
#endif

#define ACTIVE 0
#define PENDING 1
#define WAITING 2
#define CLOSED 3

/* The block. */
byte state = CLOSED;
bool woken;     /* the note */
bool mask;
byte owner;     /* the epoch of the receiver; 0: nobody is */
bool wanted, draining, installed;
byte inFlight, accepted;
byte recorded;  /* in the ring */

/* The hub. */
#define ROUTES 4
#define OPEN 255
typedef Route {
    byte notifier, start, last;
    bool routed, stopping;
    bool toDrain;  /* the loop has been told */
    bool cut;      /* what is offered from now on is dropped, and counted */
    bool drained;  /* the future */
    bool returned  /* of the checker: so has a close that has ended it */
};
Route route[ROUTES];
byte routes;     /* how many there have been */
bool lock;
byte loop;       /* the epoch of the loop that is published; 0: none */
bool failing;    /* it is */
bool closed[4];  /* by notifier */
byte taken;      /* the loop's count */
bool inUserCode; /* the loop is */

/* Of the checker. */
#define EMBEDDER_EPOCH 100
byte epochs;
byte threads;    /* of loops */
bool waiter;     /* see words.pml */
byte finished;
bool acted;      /* the inline handler has done what it does once */
bool exiting;    /* it does not come back */
bool hasFailed, hasNotStarted;

#define isLive(r) (route[r].routed && !route[r].stopping)
#define isWanted (isLive(0) || isLive(1) || isLive(2) || isLive(3))
#define isEmpty (!route[0].routed && !route[1].routed && !route[2].routed && !route[3].routed)
#define isUnsettled(r) (route[r].routed && route[r].stopping && route[r].last == OPEN)
#define unsettled (isUnsettled(0) || isUnsettled(1) || isUnsettled(2) || isUnsettled(3))
#define covers(r, ordinal) (route[r].routed && route[r].start < (ordinal) && (ordinal) <= route[r].last)

#define acquire() atomic { !lock -> lock = true }

/* Does something with each route, at once. Uses: byte i. */
#define forEachRoute(does)                                           \
    i = 0;                                                           \
    do                                                               \
    :: i < ROUTES -> does; i++                                       \
    :: else -> break                                                 \
    od;                                                              \
    i = 0

inline endAt(r, ordinal)
{
    if
    :: route[r].last == OPEN -> route[r].last = ordinal
    :: else
    fi
}

/* ---- Senders ---- */

inline wakeup()
{
    atomic {
        assert(waiter);  /* no wakeup without a waiter */
        assert(!woken);  /* no double wakeup */
        woken = true
    }
}

inline announce()
{
    if
    :: atomic { state == PENDING || state == CLOSED -> skip }
    :: atomic { state == ACTIVE -> state = PENDING }
    :: atomic { state == WAITING -> state = ACTIVE };
       wakeup()
    fi
}

proctype Handler()
{
    bool in;

    if
    :: atomic { installed -> inFlight++ };
       in = wanted;
       if
       :: atomic { in -> in = mask; accepted++; recorded++; mask = true };
          if
          :: atomic { in -> skip }
          :: atomic { !in -> skip };
             announce()
          fi
       :: atomic { !in -> skip }
       fi;
       atomic { inFlight--; in = (inFlight == 0) };
       if
       :: atomic { in && draining -> skip };
          announce()
       :: atomic { !(in && draining) -> skip }
       fi
    :: atomic { !installed -> skip } /* the previous action */
    fi;
    atomic { in = false; finished++ }
}

/* ---- The receiver. Uses: bool refused, byte before. ---- */

/* By one CAS, before anything else is changed. */
inline claim(epoch)
{
#ifdef MUTANT_CLAIMED_LATE
    woken = false;
#endif
    atomic {
        if
#ifdef MUTANT_SHARED_WORD
        :: state == CLOSED -> owner = epoch
#else
        :: owner == 0 -> owner = epoch
#endif
        :: else -> refused = true
        fi
    };
    if
    :: atomic { !refused -> woken = false };
       atomic { state = (state == CLOSED -> PENDING : state) }
    :: else
    fi
}

/* broken: it has failed while it slept. Then a sender that has ended the sleep may still be about to wake. */
inline endReceiver(broken)
{
    atomic { before = state; state = CLOSED };
#ifndef MUTANT_OWED_WAKEUP
    if
    :: atomic { broken && before != WAITING && before != CLOSED -> skip };
       atomic { woken -> skip }
    :: else
    fi;
#endif
    atomic { before = 0; waiter = false; woken = false; owner = 0 }
}

/* Receiver.receiveSet. */
inline receive()
{
    atomic {
        assert(owner == me); /* an old receiver throws */
        if
        :: state == PENDING -> state = ACTIVE; mask = false
        :: state == CLOSED -> mask = false
        :: state == ACTIVE -> state = WAITING; assert(!waiter); waiter = true
        fi
    };
    if
    :: atomic { !waiter -> skip }
    :: atomic { waiter && woken -> woken = false; waiter = false; mask = false }
#ifdef FAULT
    :: atomic { waiter && !hasFailed -> hasFailed = true; broken = true }
#endif
    fi
}

/* ---- The loop ---- */

/* In the code of a user, on the loop: nobody else can bring about what it waits for. */
inline serveUntil(condition)
{
    if
    :: atomic { condition -> skip }
    :: atomic {
           !(condition) ->
           /* What is being delivered is delivered to the end first. */
           do
           :: r < ROUTES - 1 ->
              r++;
              if
              :: covers(r, ordinal) -> assert(route[r].cut || !route[r].returned)
              :: else
              fi
           :: else -> break
           od
       };
       serveNested();
       do
       :: atomic { (condition) || broken -> break }
#ifndef MUTANT_FAILING_WAITS
       :: atomic { failing && !(condition) && !broken -> break }
       :: atomic { !failing && !(condition) && !broken -> skip };
#else
       :: atomic { !(condition) && !broken -> skip };
#endif
          receive();
          if
          :: atomic { broken -> skip }
          :: atomic { !broken -> skip };
             serveNested()
          fi
       od
    fi
}

inline serveNested()
{
    do
    :: atomic { recorded == 0 -> break }
    :: atomic {
           recorded > 0 ->
           recorded--; taken++; nested = false;
           forEachRoute(
               if
               :: covers(i, taken) -> assert(route[i].cut || !route[i].returned); nested = true
               :: else
               fi
           );
           assert(nested);
           nested = false
       }
    od;
    completeDrained()
}

/* Sets draining, and then looks whether a handler is in flight. */
inline completeDrained()
{
    if
    :: atomic { route[0].toDrain || route[1].toDrain || route[2].toDrain || route[3].toDrain -> draining = true };
       atomic {
           nested = !wanted && inFlight == 0;
           forEachRoute(
               if
               :: nested && route[i].toDrain -> endAt(i, accepted)
               :: else
               fi;
               if
               :: route[i].toDrain && (taken >= route[i].last || route[i].cut) ->
                  route[i].toDrain = false; route[i].routed = false; route[i].drained = true
               :: else
               fi
           );
           nested = false
       }
    :: else
    fi
}

/* ---- Callers, outside and on the loop's thread ---- */

inline awaitOnLoop(w)
{
    serveUntil(route[w].drained);
    if
    :: route[w].drained
    :: else -> route[w].cut = true /* the loop has failed */
    fi
}

/* Gives up if the code of a user keeps the loop. Drain.await and Route.cut. */
inline awaitOutside(w)
{
    if
    :: atomic { route[w].drained -> skip }
    :: atomic { inUserCode && !route[w].drained -> skip };
       atomic {
           !(route[w].last == OPEN && inFlight > 0) ->
           if
           :: !route[w].drained -> route[w].cut = true; endAt(w, accepted); route[w].drained = true
           :: else
           fi
       }
    fi
}

inline awaitSettledOnLoop()
{
    serveUntil(!unsettled && !failing);
    if
    :: failing || broken -> refused = true
    :: else
    fi
}

inline awaitSettledOutside()
{
    if
    :: atomic { !unsettled && !failing -> skip }
    :: atomic { inUserCode && failing -> refused = true }
    :: atomic {
           inUserCode && !failing && unsettled && inFlight == 0 ->
           forEachRoute(
               if
               :: isUnsettled(i) -> route[i].cut = true; endAt(i, accepted); route[i].drained = true
               :: else
               fi
           )
       }
    fi
}

/* Registers, unless it has to await something, without the lock. Uses: bool refused, bool added, byte w. */
inline tryRegister(who)
{
    atomic { !lock -> lock = true };
    if
#ifndef MUTANT_CHECKED_BEFORE
    :: atomic { closed[who] -> refused = true; lock = false }
    :: atomic { !closed[who] && !unsettled && !failing -> skip };
       add(who)
    :: atomic { !closed[who] && (unsettled || failing) -> lock = false }
#else
    :: atomic { !unsettled && !failing -> skip };
       add(who)
    :: atomic { unsettled || failing -> lock = false }
#endif
    fi
}

inline register(who)
{
#ifdef MUTANT_CHECKED_BEFORE
    refused = closed[who];
#endif
    do
    :: atomic { refused || added -> added = false; break }
    :: atomic { !refused && !added -> skip };
       tryRegister(who);
       if
       :: atomic { refused || added -> skip }
       :: atomic { !refused && !added -> skip };
          awaitSettledOutside()
       fi
    od
}

inline registerOnLoop(who)
{
    do
    :: atomic { refused || added -> refused = false; added = false; break }
    :: atomic { !refused && !added -> skip };
       tryRegister(who);
       if
       :: atomic { refused || added -> skip }
       :: atomic { !refused && !added -> skip };
          awaitSettledOnLoop()
       fi
    od
}

/* Under the lock, which it releases. */
inline add(who)
{
    if
    :: atomic { loop == 0 -> epochs++; w = epochs };
       claim(w);
       if
       :: atomic { refused -> skip }
#ifdef MUTANT_PUBLISHED_FIRST
       :: atomic { !refused -> loop = w };
          if
          :: atomic { run Loop(w); threads++ }
#ifdef NO_START
          :: atomic { !hasNotStarted -> hasNotStarted = true; refused = true }
#endif
          fi
#else
       :: atomic { !refused -> skip };
          if
          :: atomic { run Loop(w); threads++ }; /* its first step needs the lock */
             loop = w
#ifdef NO_START
          :: atomic { !hasNotStarted -> hasNotStarted = true; refused = true };
             endReceiver(false)
#endif
          fi
#endif
       fi;
       if
       :: atomic { refused -> skip }
       :: atomic { !refused -> assert(recorded == 0 && inFlight == 0 && taken == accepted) } /* nothing was left */
       fi
    :: atomic { loop != 0 -> skip }
    fi;
    if
    :: atomic { !refused -> w = accepted };
       atomic {
           assert(routes < ROUTES);
           route[routes].notifier = who;
           route[routes].start = w; route[routes].last = OPEN;
           route[routes].routed = true;
           routes++
       };
       wanted = true;
       atomic { installed = true; w = 0; added = true; lock = false }
    :: atomic { refused -> w = 0; lock = false }
    fi
}

/* Hub.end, for all that a notifier has; to be awaited are those of ending. Uses: byte w, byte ending, byte stopped: sets of routes. */
inline beginClose(who)
{
    closed[who] = true;
    acquire();
    atomic { /* phase 1 */
        forEachRoute(
            if
            :: route[i].routed && route[i].notifier == who ->
               ending = ending | (1 << i);
               stopped = (route[i].stopping -> stopped : stopped | (1 << i));
               route[i].stopping = true
            :: else
            fi
        );
        lock = false
    };
    /* Phase 2, without the lock, leaves exclusive delivery. */
    if
    :: atomic { stopped == 0 -> skip }
    :: atomic { stopped != 0 && !lock -> lock = true }; /* phase 3 */
       if
       :: isWanted -> /* others go on */
          atomic {
              forEachRoute(
                  if
                  :: stopped & (1 << i) -> endAt(i, accepted)
                  :: else
                  fi
              )
          }
       :: else -> wanted = false; installed = false
       fi;
       if
       :: atomic {
              loop != 0 ->
              forEachRoute(
                  if
                  :: (stopped & (1 << i)) && route[i].routed -> route[i].toDrain = true
                  :: else
                  fi
              )
          };
          announce()
       :: atomic { loop == 0 -> skip } /* it has failed, and has completed them */
       fi;
       atomic { stopped = 0; lock = false }
    fi;
}

inline endClose()
{
    ending = 0;
#ifdef MUTANT_SHARED_WORD
    /* Who closes the last one closes the queue, by a word that the next receiver opens again. */
    acquire();
    if
    :: atomic { isEmpty && loop != 0 -> loop = 0; owner = 0; before = state; state = CLOSED };
       if
       :: before == WAITING -> wakeup()
       :: else
       fi;
       before = 0
    :: else
    fi;
    lock = false
#endif
}

inline close(who)
{
    beginClose(who);
    do
    :: atomic { w == ROUTES -> w = 0; break }
    :: atomic { w < ROUTES && !(ending & (1 << w)) -> w++ }
    :: atomic { w < ROUTES && (ending & (1 << w)) -> skip };
       awaitOutside(w);
       atomic { route[w].returned = true; w++ }
    od;
    endClose()
}

inline closeOnLoop(who)
{
    beginClose(who);
    do
    :: atomic { w == ROUTES -> w = 0; break }
    :: atomic { w < ROUTES && !(ending & (1 << w)) -> w++ }
    :: atomic { w < ROUTES && (ending & (1 << w)) -> skip };
       awaitOnLoop(w);
       atomic { route[w].returned = true; w++ }
    od;
    endClose()
}

/* The inline handler. */
inline handle()
{
    if
    :: acted
    :: atomic { !acted -> acted = true };
       if
       :: skip
#ifndef REOPENING
       :: exiting = true; false
#endif
       :: closeOnLoop(1);
          registerOnLoop(3)
       fi
    fi
}

/* ---- The loop, again ---- */

inline offer()
{
    if
    :: atomic {
           route[r].notifier == 1 ->
           inUserCode = true;
           if
           :: route[r].cut
           :: else -> assert(!route[r].returned)
           fi
       };
       handle();
       inUserCode = false
#ifdef MUTANT_UNGATED
    :: atomic { route[r].notifier != 1 && route[r].cut -> skip }
    :: atomic { route[r].notifier != 1 && !route[r].cut -> skip };
       assert(!route[r].returned)
#else
    :: atomic { /* a gate: it has begun before the cut, which awaits its end, or is dropped */
           route[r].notifier != 1 ->
           assert(route[r].cut || !route[r].returned)
       }
#endif
    fi
}

inline deliver()
{
    do
    :: atomic { recorded == 0 -> break }
    :: atomic { recorded > 0 -> recorded--; taken++; ordinal = taken; r = 0; covered = false };
       do
       :: atomic { r >= ROUTES -> r = 0; break }
       :: atomic { r < ROUTES && !covers(r, ordinal) -> r++ }
       :: atomic { r < ROUTES && covers(r, ordinal) -> covered = true };
          offer();
          r++
       od;
       atomic { assert(covered); covered = false; ordinal = 0 }
    od
}

/* Hub.fail: withdraws, delivers what was accepted, releases whoever waits, and reports last. */
inline fail()
{
    failing = true;
#ifdef MUTANT_REPORT_FIRST
    false; /* the report fails, too */
#endif
    acquire();
    atomic { forEachRoute(route[i].stopping = route[i].routed) };
    wanted = false;
    installed = false;
#ifndef MUTANT_FAILED_AT_ONCE
    atomic { inFlight == 0 -> skip }; /* bounded */
#endif
    atomic {
        forEachRoute(
            if
            :: route[i].routed -> endAt(i, accepted)
            :: else
            fi
        );
        lock = false
    };
    deliver();
    acquire();
    endReceiver(true);
    atomic {
        forEachRoute(
            if
            :: route[i].routed -> route[i].routed = false; route[i].toDrain = false; route[i].drained = true
            :: else
            fi
        );
        loop = 0; failing = false; lock = false
    }
}

proctype Loop(byte me)
{
    byte before, r, i, w, ordinal, ending, stopped;
    bool broken, covered, nested, refused, added;

    do
    ::
#ifdef MUTANT_SHARED_WORD
       if
       :: state == CLOSED -> break
       :: else
       fi;
#else
       if
       :: atomic { isEmpty && !lock -> lock = true };
          if
          :: isEmpty ->
             endReceiver(false);
             atomic { loop = 0; lock = false };
             break
          :: else -> lock = false
          fi
       :: !isEmpty
       fi;
#endif
       receive();
       if
       :: atomic { broken -> skip }
       :: atomic { !broken -> skip };
          deliver();
          if
          :: atomic { broken -> skip }
          :: atomic { !broken -> skip };
             completeDrained()
          fi
       fi;
       if
       :: atomic { broken -> skip };
          fail();
          break
       :: else
       fi
    od;
    threads--
}

/* ---- Who calls ---- */

proctype User1()
{
    byte before, i, w;
    bool refused, added;

    register(1);
    atomic { refused = false; finished++ }
}

proctype Closer(byte notifier)
{
    byte before, i, w, ending, stopped;

    close(notifier);
    finished++
}

proctype User2()
{
    byte before, i, w, ending, stopped, round;
    bool refused, added;

    do
    :: atomic { round == ROUNDS -> break }
    :: atomic { round < ROUNDS -> round++ };
       register(2);
       if
       :: refused = false; break
       :: close(2);
          atomic { refused = false; closed[2] = false } /* one registration of it, and not the notifier */
       fi
    od;
    atomic { round = 0; finished++ }
}

#ifdef EMBEDDER
proctype Embedder()
{
    byte before;
    bool refused;

    claim(EMBEDDER_EPOCH);
    if
    :: !refused -> endReceiver(false)
    :: else
    fi;
    atomic { refused = false; finished++ }
}
#define EMBEDDERS 1
#else
#define EMBEDDERS 0
#endif

#ifdef REOPENING
#define CLOSERS 2
#else
#define CLOSERS 1
#endif

#define PARTIES (2 + CLOSERS + HANDLERS + EMBEDDERS)

/* Runs when nobody else can. */
proctype Monitor()
{
    byte i;

    timeout ->
    atomic {
        assert(finished == PARTIES);
        assert(!lock);
        forEachRoute(assert(!(isLive(i) && closed[route[i].notifier])));
        if
        :: exiting
        :: !exiting && isEmpty ->
           assert(loop == 0 && threads == 0 && owner == 0 && state == CLOSED);
           assert(!wanted && !installed && taken == accepted)
        :: !exiting && !isEmpty ->
           forEachRoute(assert(!route[i].routed || !route[i].stopping));
           assert(loop != 0 && threads == 1 && owner == loop);
           assert(wanted && installed && taken == accepted && !mask)
        fi
    }
}

init
{
    byte i;

    atomic {
        run User1();
        run Closer(1);
        run User2();
#ifdef REOPENING
        run Closer(3);
#endif
#ifdef EMBEDDER
        run Embedder();
#endif
        do
        :: i < HANDLERS -> run Handler(); i++
        :: else -> i = 0; break
        od;
#ifdef SAFE
        run Monitor()
#endif
    }
}

#ifndef SAFE
ltl returned { <>(finished == PARTIES) }
#endif
