/*
 * The way into and out of exclusive delivery, with calls that fail: ExclusiveDelivery.java, SigwaitStrategy.java and
 * sigwait.c. Exclusive: every thread blocks signal A, and the receiver waits for it in the kernel. A thread cannot
 * change the mask of another, so each is told by a private signal, M, whose handler changes it. A second one, W, ends
 * the receiver's wait, and the receiver alone blocks it. The words are those of words.pml, reduced to what this path
 * touches.
 *
 * The kernel, as far as this path needs it: a signal to the process goes to any thread that does not block it, and
 * stays pending while there is none; a signal to a thread stays with that thread; SIG_IGN discards what is pending; the
 * default action of M or W ends the process; a handler runs with all signals blocked, between any two steps of its
 * thread (the clause provided).
 *
 * Thread 0 is the receiver's, thread 1 enters and leaves, thread 2 looks on. Any may answer so late that it is not awaited.
 *   THREADS=2 Without thread 2.
 *   STOPPED   Thread 2 never answers, as under a debugger.
 *   QUOTA     The user's quota of queued signals may be used up at any time: M to a thread and W to a thread are
 *             refused, both of which then go to the process, for which there is always room. Without it every call
 *             succeeds.
 *   ROUNDS=n  How often it is entered and left, once by default.
 *   SENDER    A thread sends signal B meanwhile.
 *
 * Checked: every A is received or, when it is no longer wanted, takes its previous action; every B is received; nothing
 * stays pending; M and W never find their default action; no double wakeup. Leaving ends, whatever fails. Once M and W
 * have been given back, no thread blocks anything of ours, but for one that is stopped or could not be told.
 */
#ifndef ROUNDS
#define ROUNDS 1
#endif
#ifndef THREADS
#define THREADS 3
#endif
#define CALLER 1
#define OTHER 2

#define ACTIVE 0
#define PENDING 1
#define WAITING 2
#define WOKEN 1
#define SLEEPING 2

#define A 1 /* comes from the kernel */
#define B 2 /* is sent by a thread */
#define W 4 /* in masks */

/* The block. */
byte state, note, mask;
bool wanted = true;  /* A */
bool exclusive;      /* so is A */
bool sleeper;        /* the receiver sleeps in the kernel, or is about to; else on the futex */
byte inUse;          /* wakers, and the receiver while it chooses */
bool sweeping;       /* who gets M without details unblocks A and W */
bool waited;         /* the receiver has waited for A, and not taken all of it since */
bool drained;        /* no registration is left: the receiver ends */

/* The kernel. */
#define DEFAULT 0
#define OURS 1
#define IGNORED 2
byte action;             /* of M and W */
byte blocks[THREADS];    /* the masks, of A and W */
bool told[THREADS];      /* M is pending there */
bool sweepPending;       /* M is pending at the process */
bool wakePending;        /* W is pending at the receiver */
bool wakeAtLarge;        /* W is pending at the process */
bool signalled;          /* A is pending at the process */
bool inHandler[THREADS];
bool gone;               /* the receiver's thread has ended */
bool inKernel;           /* the receiver waits there for W, */
bool waitsForA;          /* and A */
bool onFutex;

/* Ghosts. */
byte owed;     /* sent, and neither received since nor handled as before us */
bool untold;   /* M was refused, and a sweep had to do */
bool atRest;   /* it has been left for the last time */

#ifdef STOPPED
#define stopped true
#else
#define stopped false
#endif
#define isStopped(t) ((t) == OTHER && stopped || (t) == 0 && gone)
#define takes(t, s) (!isStopped(t) && !inHandler[t] && !(blocks[t] & (s)))

/* ---- A sender, wherever it runs. Uses: byte before, bool asleep. ---- */

inline wakeup()
{
    atomic { before = note; note = note | WOKEN; assert(!(before & WOKEN)) };
    if
    :: atomic { before & SLEEPING -> before = 0; inUse++; asleep = sleeper };
       atomic {
           if
           :: !asleep -> onFutex = false
#ifdef QUOTA
           :: asleep -> wakeAtLarge = true
#endif
           :: asleep -> wakePending = true
           fi;
           inUse--; asleep = false
       }
    :: atomic { else -> before = 0 }
    fi
}

inline announce()
{
    if
    :: atomic { state == PENDING -> skip }
    :: atomic { state == ACTIVE -> state = PENDING }
    :: atomic { state == WAITING -> state = ACTIVE };
       wakeup()
    fi
}

/* Either it is sent, or the previous action is taken. That a handler is not late is shown by stop.pml. */
inline accept()
{
    if
    :: atomic { wanted -> before = mask & A; mask = mask | A };
       if
       :: atomic { before -> before = 0 }
       :: else -> announce()
       fi
    :: atomic { !wanted -> owed = owed & ~A }
    fi
}

#ifdef SENDER
proctype Sender()
{
    byte before;
    bool asleep;

    atomic { owed = owed | B; mask = mask | B };
    announce()
}
#endif

/* ---- What the kernel has each thread do ---- */

inline enterHandler()
{
    inHandler[self] = true;
    inKernel = inKernel && self != 0; /* EINTR */
    after = blocks[self]
}

inline leaveHandler()
{
    atomic { blocks[self] = after; after = 0; inHandler[self] = false }
}

proctype Thread(byte self)
{
    byte before, after;
    bool asleep;

    do
    :: atomic { /* on_mask */
           told[self] && !isStopped(self) && !inHandler[self] ->
           assert(action != DEFAULT);
           told[self] = false;
           enterHandler();
           after = (exclusive -> A : 0) | (self == 0 && sleeper -> after & W : 0) /* its own affair */
       };
       leaveHandler()
#ifdef QUOTA
    :: atomic { /* on_mask, by a sweep */
           sweepPending && !isStopped(self) && !inHandler[self] ->
           assert(action != DEFAULT);
           sweepPending = false;
           enterHandler();
           if
           :: sweeping -> after = (exclusive -> A : 0) | (self == 0 && sleeper -> after & W : 0)
           :: else
           fi
       };
       leaveHandler()
    :: atomic { /* on_wake */
           (wakeAtLarge || self == 0 && wakePending) && takes(self, W) && !(self == 0 && inKernel) ->
           assert(action != DEFAULT);
           if
           :: self == 0 && wakePending -> wakePending = false
           :: else -> wakeAtLarge = false
           fi;
           enterHandler()
       };
       atomic {
           inUse++;
#ifdef MUTANT_WAKE_DROPPED
           asleep = exclusive && self != 0
#else
           asleep = sleeper && self != 0
#endif
       };
       atomic {
           if
           :: asleep && note == (SLEEPING | WOKEN) -> after = after | W; wakeAtLarge = true
           :: else
           fi;
           inUse--; asleep = false
       };
       leaveHandler()
#endif
    :: atomic { /* sq_handler */
           signalled && takes(self, A) && !(self == 0 && inKernel && waitsForA) ->
           signalled = false;
           enterHandler()
       };
       accept();
       after = after | (exclusive -> A : 0); /* sq_absorb */
       leaveHandler()
    od
}

proctype Killer()
{
    atomic { owed = owed | A; signalled = true }
}

/* ---- The receiver ---- */

/* When nobody is told any more that it sleeps in the kernel. */
inline releaseWake()
{
    if
    :: atomic { !(blocks[0] & W) -> skip }
    :: atomic { (blocks[0] & W) && inUse > 1 -> skip } /* one use is its own */
    :: atomic { (blocks[0] & W) && inUse == 1 -> skip };
       atomic { wakePending = false; wakeAtLarge = false };
       atomic { blocks[0] = blocks[0] & ~W }
    fi
}

/* choose_sleep */
inline chooseSleep()
{
    atomic { inUse++; inTheKernel = exclusive };
    if
    :: inTheKernel ->
#ifdef MUTANT_HELD_FIRST
       blocks[0] = blocks[0] | W;
       sleeper = true;
#elif defined(MUTANT_SLEEPER_LATE)
       blocks[0] = blocks[0] | W;
#else
       sleeper = true; /* first: from now on nobody takes W off */
       blocks[0] = blocks[0] | W;
#endif
#ifndef MUTANT_NO_SECOND_LOOK
       inTheKernel = exclusive;
#endif
       waited = waited || inTheKernel
    :: else
    fi;
    if
    :: inTheKernel
    :: else ->
       fetch();
       sleeper = false;
       releaseWake()
    fi;
    inUse--
}

inline sleep()
{
    chooseSleep();
#ifdef QUOTA
    if
    :: sweeping && !exclusive -> blocks[0] = blocks[0] & ~A
    :: else
    fi;
#endif
    atomic { woken = note & WOKEN; note = note | SLEEPING };
    if
    :: atomic { woken -> skip }
    :: atomic { !woken && inTheKernel -> skip };
#ifdef MUTANT_SLEEPER_LATE
       sleeper = true;
#endif
       atomic { inKernel = true; waitsForA = true };
       if
       :: atomic { inKernel && wakePending -> wakePending = false }
       :: atomic { inKernel && wakeAtLarge -> wakeAtLarge = false }
       :: atomic { inKernel && signalled -> signalled = false; took = true }
       :: atomic { !inKernel -> skip }
       fi;
       atomic { inKernel = false; waitsForA = false }
    :: atomic { !woken && !inTheKernel -> skip };
       if
       :: atomic { note == SLEEPING -> onFutex = true };
          atomic { !onFutex || inHandler[0] -> onFutex = false } /* woken, or EINTR */
       :: note != SLEEPING
       fi
    fi;
    atomic { woken = false; inTheKernel = false };
    if
    :: atomic { took -> took = false; note = note & ~SLEEPING };
       accept()
    :: else
    fi
}

/* Takes what is pending in the kernel. */
inline fetch()
{
    do
    :: atomic { (exclusive || waited) && signalled -> signalled = false };
       accept()
    :: atomic { !(exclusive || waited) -> break }
    :: atomic { (exclusive || waited) && !signalled -> waited = waited && exclusive; break }
    od
}

inline look()
{
    fetch();
    do
    :: atomic { state == PENDING -> state = ACTIVE; break }
    :: atomic { state == ACTIVE -> state = WAITING };
       note = note | SLEEPING;
       do
       :: atomic { note & WOKEN -> break }
       :: else -> sleep()
       od;
       note = 0;
       break
    od;
    atomic { owed = owed & ~mask; mask = 0 }
}

proctype Receiver() provided (!inHandler[0])
{
    byte before;
    bool inTheKernel, woken, took, asleep;

    do
    :: atomic { drained && mask == 0 -> break }
    :: else -> look()
    od;
    /* sq_sigwait_end */
    inUse++;
    waited = false;
    sleeper = false;
    releaseWake();
    inUse--;
    gone = true
}

/* ---- ExclusiveDelivery ---- */

#define ours(t) (exclusive -> A : 0)
#define isRight(t) (!inHandler[t] && !(told[t]) && ((blocks[t] & (t == 0 && !gone -> A : A | W)) == ours(t)))
#define toTell(t) (!(t == 0 && gone) && !told[t] && (inHandler[t] || (blocks[t] & (t == 0 -> A : A | W)) != ours(t)))

inline tellAll()
{
    t = 0;
    do
    :: atomic { t < THREADS && !toTell(t) -> t++ }
    :: atomic { t < THREADS && toTell(t) -> told[t] = true; t++ }
#ifdef QUOTA
    :: atomic { t < THREADS && toTell(t) -> failed = true; untold = !exclusive; t++ }
#endif
    :: atomic { t == THREADS -> t = 0; break }
    od
}

#if THREADS > 2
#define allAnswered (!told[0] && !told[CALLER] && !told[OTHER] && !inHandler[0] && !inHandler[OTHER])
#else
#define allAnswered (!told[0] && !told[CALLER] && !inHandler[0])
#endif

/* All have answered, or the time is over. */
inline await()
{
    if
    :: atomic { allAnswered -> skip }
    :: atomic { !allAnswered -> failed = true }
    fi
}

inline enter()
{
    atomic { action = OURS; sweeping = false };
    exclusive = true;
    announce();
    tellAll();
    await();
    failed = false /* or not: leaving follows, now or later */
}

inline leave()
{
    exclusive = false;
    announce();
    tellAll();
#ifdef QUOTA
    if
#ifndef MUTANT_NO_SWEEP
    :: failed -> /* sq_sweep */
       sweeping = true;
       atomic { blocks[CALLER] = blocks[CALLER] & ~(A | W) };
       announce();
       sweepPending = true
#endif
    :: else
    fi;
#endif
    await()
}

/* Not in time: they stay ours, until somebody leaves again. */
#define orKeep(condition)                                            \
    if                                                               \
    :: atomic { condition -> skip }                                  \
    :: atomic { else -> goto kept }                                  \
    fi

inline giveBack()
{
#ifndef MUTANT_GIVEN_BACK_AT_ONCE
#ifdef MUTANT_MASKS_FIRST
    tellAll();
    orKeep(allAnswered && !sweepPending);
    orKeep(!sleeper);
    orKeep(inUse == 0);
#else
    orKeep(!sleeper);
    orKeep(inUse == 0); /* nobody blocks W any more, to pass it on */
    tellAll();
    orKeep(allAnswered && !sweepPending);
#endif
#endif
    atomic {
        action = IGNORED;
        wakePending = false; wakeAtLarge = false; sweepPending = false;
#if THREADS > 2
        told[OTHER] = false;
#endif
        told[0] = false; told[CALLER] = false
    };
    action = DEFAULT;
kept:
    skip
}

proctype Exclusive() provided (!inHandler[CALLER])
{
    byte before, t, round;
    bool asleep, failed;

    do
    :: atomic { round == ROUNDS -> round = 0; break }
    :: atomic { round < ROUNDS -> round++ };
       enter();
       leave();
#ifdef MUTANT_LEAVING_UNDONE
       if
       :: failed -> exclusive = true; announce(); tellAll(); await()
       :: else
       fi;
#endif
       atomic { failed = false };
       giveBack()
    od;
    if
    :: skip
    :: atomic { wanted = false; drained = true }; /* Stop; and the receiver is told that it was the last registration */
       announce()
    fi;
    atRest = true
}

/* Runs when nobody else can. */
proctype Monitor()
{
    timeout ->
    atomic {
        assert(atRest);
        assert(gone || (owed & B) == 0);
        assert((owed & A) == 0 && !signalled);
        assert(inUse == 0);
        assert(action != DEFAULT || untold || !blocks[CALLER]);
#if THREADS > 2
        assert(action != DEFAULT || untold || stopped || !blocks[OTHER])
#endif
    }
}

init
{
    byte i;

    atomic {
        run Receiver();
        do
        :: i < THREADS -> run Thread(i); i++
        :: else -> i = 0; break
        od;
        run Killer();
#ifdef SENDER
        run Sender();
#endif
        run Exclusive();
#ifdef SAFE
        run Monitor()
#endif
    }
}

#ifndef SAFE
ltl left { <>[](atRest && owed == 0 && !signalled) }
#endif
