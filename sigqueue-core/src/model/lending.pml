/*
 * The loan of the role in the life of its hub: Lending.java, ChannelSubscriber.java, DispatchLoop.java, FailedLoop.java and
 * Loan.java. The engine, and the loan itself, are those of words.pml. Two takers wait in a channel that is registered for
 * one signal.
 *
 *   Handlers     accept the signal, if it is wanted.
 *   Caller       closes the channel, or not.
 *   REOPENING    It ends the registration before, which may end the loop, and may register the channel again, with another
 *                loop. A taker may still be about to borrow from the first.
 *   INLINE       It registers an inline handler before, which only the loop may call.
 *   FAULT        The loop may fail once, in its sleep.
 *   APART        Each taker waits in a channel of its own; where there is one, no thread takes from the second. The caller
 *                closes the first.
 *   GIVES_UP=n   A taker may give up n times, for lack of time or by an interrupt.
 *
 * Checked: what words.pml asserts of wakeups and of the role; in the end (Monitor), and under weak fairness (settled), every
 * call has returned, each occurrence that was accepted is dispatched, no event is left in a channel, the takers of a closed
 * channel have returned, and the loop, its receiver and the borrower's place are gone if nothing is registered; the
 * inline handler is called for each occurrence, and by the loop.
 *
 * Taken for granted: a handler looks at wanted and accepts in one step (that Stop is exact is shown by stop.pml), and
 * records before a loop that fails gives up waiting.
 */
#ifndef TAKERS
#define TAKERS 2
#endif
#ifndef HANDLERS
#define HANDLERS 1
#endif
#ifndef GIVES_UP
#define GIVES_UP 0
#endif

#define ghostSent(signal)
#define ghostTaken(set) skip
#define ghostAccepted()

#include "words.pml"

/* The hub. Route 2 is that of the inline handler. */
#define ROUTES 3
#define INLINE_ROUTE 2
bool routed[ROUTES];   /* there is a route */
bool settled[ROUTES];  /* it is to be drained */
byte start[ROUTES];    /* it covers what was accepted after this, */
byte last[ROUTES];     /* and up to this, once it is settled */
bool lock, wanted;
bool failing;          /* the loop is: nothing is registered until it is gone */
bool draining;         /* the loop has to look for routes that are settled */
byte owner;            /* the epoch of the receiver; 0: there is none */
byte epochs;
byte acceptedInAll, recorded, dispatched;
byte due;              /* the inline handler is, for what is being delivered */
byte handled;
byte covered;          /* of the checker: by the route of the inline handler */

/* The channels. */
byte channel[2];       /* events */
bool bell[2];          /* announced */
bool closed[2];
byte lending[2];       /* of the loop with this epoch */
bool borrows[2];       /* the taker of this channel does, or is about to */
bool takersLock;       /* of channel 0 */

/* Of the checker. */
byte loops, finished;
byte takersLeft[2];
bool hasFailed;

#define isEmpty (!routed[0] && !routed[1] && !routed[2])
#define isLive(r) (routed[r] && !settled[r])
#define isOpen (!routed[INLINE_ROUTE])

#ifdef APART
#define channelOf(taker) (taker)
#else
#define channelOf(taker) 0
#endif

/* ---- Handlers ---- */

proctype Handler()
{
    byte seen, before;
    bool accepted;

    if
    :: atomic {
           wanted ->
           acceptedInAll++;
           covered = (isLive(INLINE_ROUTE) -> covered + 1 : covered)
       };
       recorded++;
       send(A)
    :: true /* the previous action */
    fi;
    finished++
}

/* ---- Who has the role, the loop or a borrower ---- */

#define covers(r) (routed[r] && dispatched > start[r] && (!settled[r] || dispatched <= last[r]))

/* A channel gets its event, and then its bell is announced. By the loop of the hub that lends, so nothing is lent. */
inline offerTo(c)
{
    if
    :: covers(c) -> channel[c]++; bell[c] = true
    :: else
    fi
}

inline deliver(isBorrower)
{
    do
    :: atomic { due && isBorrower -> break } /* the loop goes on from there */
    :: atomic { due && !isBorrower -> assert(!hasRole); handled++; due = false }
    :: atomic { !due && recorded == 0 -> break }
    :: atomic {
           !due && recorded > 0 ->
           assert(state != LENT && state != WAITING);
           assert(isBorrower == hasRole);
           recorded--;
           dispatched++;
           offerTo(0);
           offerTo(1);
           due = covers(INLINE_ROUTE)
       }
    od
}

#define isDrained(r) (settled[r] && dispatched >= last[r])

inline drain(r)
{
    if
    :: isDrained(r) -> routed[r] = false; settled[r] = false
    :: else
    fi
}

inline completeDrained()
{
    if
    :: atomic { draining -> draining = false };
       atomic {
           drain(0);
           drain(1);
           drain(INLINE_ROUTE);
           draining = draining || settled[0] || settled[1] || settled[INLINE_ROUTE]
       }
    :: atomic { !draining -> skip }
    fi
}

/* ---- Routes and channels ---- */

inline stopRoute(r)
{
    if
    :: isLive(r) -> settled[r] = true; last[r] = acceptedInAll
    :: else
    fi
}

/* ChannelSubscriber.recallTaker */
inline recallTaker(c)
{
    if
    :: atomic { borrows[c] -> skip };
#ifndef MUTANT_NO_RECALL
       recall()
#endif
    :: atomic { !borrows[c] -> skip }
    fi
}

/* ---- The loop ---- */

/* Receiver.close. No sender and no borrower owes it a wakeup: it is awake. */
inline endReceiver()
{
    atomic { assert(state != WAITING && state != LENT && !hasRole); state = CLOSED };
    owner = 0
}

/* ChannelSubscriber.fail */
inline tellOne(c)
{
    if
    :: atomic { told[c] -> closed[c] = true };
       recallTaker(c)
    :: atomic { !told[c] -> skip }
    fi
}

inline tell()
{
    tellOne(0);
#ifdef APART
    tellOne(1)
#endif
}

/*
 * FailedLoop: withdraws, delivers what was accepted, tells the channels, and then releases whoever waits: a channel that
 * could be registered again before it is told would be closed although it is registered.
 */
inline fail()
{
    atomic { !lock -> lock = true; failing = true };
    atomic {
        wanted = false;
        stopRoute(0); stopRoute(1); stopRoute(INLINE_ROUTE);
        told[0] = routed[0];
        told[1] = routed[1];
        lock = false
    };
    atomic { recorded + dispatched == acceptedInAll -> skip }; /* by handlers that are under way; bounded */
    deliver(false);
#ifndef MUTANT_TOLD_LATE
    tell();
#endif
    atomic { !lock -> lock = true };
    atomic { drain(0); drain(1); drain(INLINE_ROUTE); assert(isEmpty) };
    endReceiver();
    atomic { draining = false; failing = false; lock = false }
#ifdef MUTANT_TOLD_LATE
    ;
    tell()
#endif
}

proctype Loop()
{
    byte seen, got, before, patience;
    bool woken, interrupted;
    bool told[2];

    do
    :: atomic { isEmpty && !lock -> lock = true };
       if
       :: atomic { isEmpty -> skip };
          endReceiver();
          lock = false;
          break
       :: atomic { !isEmpty -> lock = false }
       fi
    :: atomic { !isEmpty -> skip };
#ifdef FAULT
       atomic { /* a sleep that fails ends as one whose time is over */
           if
           :: patience = FOREVER
           :: !hasFailed -> hasFailed = true; patience = TIMED
           fi
       };
       look(patience, got);
       got = 0;
       if
       :: atomic { patience == TIMED -> patience = 0 };
          fail();
          break
       :: atomic { patience == FOREVER -> patience = 0 }
       fi;
#else
       look(FOREVER, got);
       got = 0;
#endif
       deliver(false);
       completeDrained()
    od;
    atomic { told[0] = false; told[1] = false; loops-- }
}

/* ---- Callers ---- */

#define isWanted (isLive(0) || isLive(1) || isLive(2))

/* Hub.end: the route ends, and the loop is told to drain it. */
inline endRoute(r)
{
    atomic { !lock -> lock = true };
    if
    :: atomic {
           isLive(r) ->
           stopRoute(r);
           wanted = isWanted
       };
#ifdef MUTANT_ANNOUNCED_FIRST
       announce();
       draining = true;
#else
       draining = true;
       announce();
#endif
    :: atomic { !isLive(r) -> skip }
    fi;
    lock = false;
    atomic { !routed[r] || !settled[r] -> skip } /* drained; or registered again since */
}

/* Hub.register: starts a loop, if there is none. A channel that is closed is refused. */
inline register(r)
{
    atomic { !lock && !failing -> lock = true };
    if
    :: atomic { r != INLINE_ROUTE && closed[r] -> lock = false }
    :: atomic { r == INLINE_ROUTE || !closed[r] -> skip };
       atomic {
           if
           :: owner == 0 ->
              epochs++;
              owner = epochs;
              note = 0;
              state = PENDING;
              loops++;
              run Loop()
           :: else
           fi;
           if
           :: r != INLINE_ROUTE -> lending[r] = owner
           :: else
           fi;
           assert(!routed[r]);
           start[r] = acceptedInAll;
           routed[r] = true
       };
       wanted = true;
       lock = false
    fi
}

/* SignalChannel.close */
inline closeChannel(c)
{
    endRoute(c);
    closed[c] = true;
    recallTaker(c);
    lending[c] = 0
}

/* Does some of this, or nothing. */
proctype Caller()
{
    byte seen, before;
    bool accepted;

#ifdef REOPENING
    if
    :: endRoute(0);
       if
       :: register(0)
       :: true
       fi
    :: true
    fi;
#endif
#ifdef INLINE
    register(INLINE_ROUTE);
#endif
    if
    :: closeChannel(0)
    :: true
    fi;
#ifdef INLINE
    if
    :: endRoute(INLINE_ROUTE)
    :: true
    fi;
#endif
    finished++
}

/* ---- Takers ---- */

#define hasNews(c) (channel[c] || closed[c] || !isOpen || lender != owner)

/* Lending.serve, with the role. */
inline serve()
{
    assert(lender == owner);
    swapMaskBorrowed(got);
    deliver(true);
    atomic {
#ifdef MUTANT_DUE_NOT_SEEN
        mine = got;
#else
        mine = got && !due && !draining && !isEmpty && isOpen;
#endif
        got = 0
    };
    if
    :: atomic { mine && state == ACTIVE -> state = WAITING; hasRole = false }
    :: atomic { !mine || state != ACTIVE -> hasRole = false };
       wakeup()
    fi;
    mine = false
}

/* Loan.borrow, of a loop that may have ended meanwhile. */
inline borrowFrom(c)
{
    borrow(taker + 1, patience, hasNews(c), got);
    if
#ifdef MUTANT_STALE
    :: atomic { got == WOKEN -> got = 0 };
#else
    :: atomic { got == WOKEN && lender == owner -> got = 0 };
#endif
       serve();
       atomic { borrower = 0; waited = true }
#ifndef MUTANT_STALE
    :: atomic { got == WOKEN && lender != owner -> got = 0; hasRole = false };
       wakeup();
       borrower = 0
#endif
    :: atomic { got == RECALLED -> got = 0; waited = true }
    :: atomic { got == 0 -> skip }
    fi
}

proctype Taker(byte taker)
{
    byte got, patience, lender, gaveUp, before;
    bool mine, waited, isLast;

    do
    ::
#ifndef APART
       atomic { !takersLock -> takersLock = true };
#endif
       do
       :: isLast = closed[channelOf(taker)];
          if
          :: atomic { channel[channelOf(taker)] || isLast -> break }
          :: atomic {
                 !channel[channelOf(taker)] && !isLast ->
                 lender = (isOpen -> lending[channelOf(taker)] : 0);
                 borrows[channelOf(taker)] = (lender != 0);
                 if
                 :: patience = FOREVER
                 :: gaveUp < GIVES_UP -> gaveUp++; patience = TIMED
                 fi
             };
             if
             :: atomic { lender != 0 -> skip };
                borrowFrom(channelOf(taker));
                atomic { borrows[channelOf(taker)] = false; lender = 0 }
             :: atomic { lender == 0 -> skip }
             fi;
             if
             :: atomic { waited -> waited = false }
             :: atomic {
                    !waited && (bell[channelOf(taker)] || closed[channelOf(taker)] || patience == TIMED) ->
                    bell[channelOf(taker)] = false
                }
             fi;
             patience = 0
          fi
       od;
       atomic {
           if
           :: channel[channelOf(taker)] -> channel[channelOf(taker)]--; isLast = false
           :: else
           fi;
#ifndef APART
           takersLock = false;
#endif
           if
           :: isLast -> break
           :: else
           fi
       }
    od;
    atomic { isLast = false; gaveUp = 0; takersLeft[channelOf(taker)]-- }
}

#define PARTIES (HANDLERS + 1)
#define noneWaitsInVain (channel[0] == 0 && (channel[1] == 0 || TAKERS == 1) && (!closed[0] || !takersLeft[0]) && \
    (!closed[1] || !takersLeft[1]))
#define allDone (finished == PARTIES && dispatched == acceptedInAll && recorded == 0 && noneWaitsInVain && \
    handled == covered && !hasRole && !due)

/* Runs when nobody else can. */
proctype Monitor()
{
    timeout ->
    atomic {
        assert(finished == PARTIES);
        assert(allDone);
        assert(!lock);
        if
        :: isEmpty -> assert(!failing && loops == 0 && owner == 0 && state == CLOSED && !borrower && !wanted)
        :: else -> assert(!(routed[0] && closed[0]) && !(routed[1] && closed[1]));
           assert(loops == 1 && owner != 0 && mask == 0 && !draining)
        fi
    }
}

init
{
    byte i;

    atomic {
        epochs = 1;
        owner = 1;
        state = PENDING;
        loops = 1;
        wanted = true;
        routed[0] = true;
        lending[0] = 1;
#ifdef APART
        routed[1] = true;
        lending[1] = 1;
#endif
        run Loop();
        takersLeft[channelOf(0)]++;
        run Taker(0);
#if TAKERS > 1
        takersLeft[channelOf(1)]++;
        run Taker(1);
#endif
        do
        :: i < HANDLERS -> run Handler(); i++
        :: else -> i = 0; break
        od;
        run Caller();
#ifdef SAFE
        run Monitor()
#endif
    }
}

#ifndef SAFE
ltl settled_in_the_end { <>[](allDone) }
#endif
