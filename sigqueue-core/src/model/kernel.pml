/*
 * The role that is lent while signals are exclusive: sigwait.c, sigborrow.c and sigwake.c, between a receiver and a borrower
 * that both wait for signal A. Whichever of them gets it is one more sender. The words are those of words.pml, reduced to what
 * this path touches; exclusive.pml is about the way in and out.
 *
 * The kernel: A is pending at the process and goes to the receiver, if that waits for it, or to a handler on the borrower's
 * thread, which does not block A for a while: before, inside and after its sleep on the word. W, which ends the receiver's
 * wait, is sent to its thread; where the user's queue of signals is full it goes to the process, where any thread may get it.
 *   KILLS=n   How many A are sent, twice by default.
 *   QUOTA     W to a thread may be refused, and goes to the process then.
 *   LEAVING   A leaves exclusive delivery meanwhile: what is pending goes by a handler from then on.
 *   SENDER    A thread sends signal B meanwhile.
 *   TOLD      The borrower's thread is told to block A, by a signal of its own, as one that looked before it was unblocked does.
 *   ORDER     A is a real-time signal: only the receiver waits for it, and its occurrences are recorded in their order.
 * The taker gives up as often as GIVES_UP says.
 *
 * Checked: every signal is recorded, received and taken, whichever thread gets it; nothing stays pending; no double
 * wakeup; the role has one holder; with ORDER, what was sent first is recorded first.
 */
#ifndef KILLS
#define KILLS 2
#endif
#ifndef GIVES_UP
#define GIVES_UP 1
#endif

#define ACTIVE 0
#define PENDING 1
#define WAITING 2
#define LENT 4
#define WOKEN 1
#define SLEEPING 2
#define INTERRUPTED 4
#define A 1
#define B 2

#ifdef ORDER
#define isRealTime 1
#else
#define isRealTime 0
#endif

#if !isRealTime || defined(MUTANT_BOTH_TAKE_IT)
#define waitsForA true
#else
#define waitsForA false
#endif

#define RECEIVER 0
#define BORROWER 1

byte state, mask;
byte note[2];
bool exclusive = true;
bool told;               /* threads are, that A has left */
bool toBlock;            /* the borrower's is, that it has to block A: this is pending */
bool waited;             /* the receiver's wait is for A, or it has not emptied that since */
bool sleeper;            /* the receiver sleeps in the kernel, or is about to; else on the word */
bool aside;              /* the receiver waits for W alone */

byte pendingA;           /* at the process */
byte sent, taken, recorded;
bool wake;               /* W is pending at the receiver */
bool wakeAtLarge;        /* W is pending at the process */
bool onFutex[2];
bool otherBlocksW;       /* the third thread has passed W on */

byte channel;
bool bell;
byte finished;
bool hasRole;            /* ghost: the borrower */
bool waiter, borrowing;  /* ghosts: who sleeps may be woken, once */

/* ---- Waking ---- */

inline sendW()
{
    atomic {
        if
        :: wake = true
#ifdef QUOTA
        :: wakeAtLarge = true
#endif
        fi
    }
}

/* sq_sigwait_wake, and sq_futex_wake for the borrower. Uses: bool there. */
inline wakeInKernel(to)
{
    atomic { there = (to == RECEIVER && sleeper) };
    if
    :: atomic { !there -> onFutex[to] = false }
    :: atomic { there -> there = false }; sendW()
    fi
}

/* Uses: byte before, bool there. */
inline wakeup(to)
{
    atomic {
        assert(to == RECEIVER -> waiter : borrowing);
        assert(!(note[to] & WOKEN));
        before = note[to];
        note[to] = note[to] | WOKEN
    };
    if
    :: atomic { before & SLEEPING -> before = 0 }; wakeInKernel(to)
    :: atomic { else -> before = 0 }
    fi
}

/* Has the receiver look where it waits. */
inline stir()
{
    atomic { before = note[RECEIVER]; note[RECEIVER] = note[RECEIVER] | INTERRUPTED };
    if
    :: atomic { before & SLEEPING -> before = 0 }; wakeInKernel(RECEIVER)
    :: atomic { else -> before = 0 }
    fi
}

#define isOwed (sleeper && (note[RECEIVER] & SLEEPING) && note[RECEIVER] != SLEEPING)

/* ---- A sender, wherever it runs ---- */

inline announce()
{
    if
    :: atomic { state == PENDING -> skip }
    :: atomic { state == ACTIVE -> state = PENDING }
    :: atomic { state == WAITING -> state = ACTIVE }; wakeup(RECEIVER)
    :: atomic { state == LENT -> state = ACTIVE; hasRole = true }; wakeup(BORROWER)
    fi
}

inline send(signal)
{
    atomic { before = mask & signal; mask = mask | signal };
    if
    :: atomic { before -> before = 0 }
    :: atomic { !before -> skip }; announce()
    fi
}

/* With an A in hand. */
inline record(number)
{
#ifdef ORDER
    atomic { assert(number == recorded + 1); recorded++ };
#else
    recorded++;
#endif
    send(A)
}

inline takeA(into)
{
    pendingA--; taken++; into = taken
}

/* ---- The receiver ---- */

inline fetch()
{
    do
    :: atomic { (exclusive || waited) && pendingA > 0 -> takeA(hand) };
       record(hand);
       hand = 0
    :: atomic { !(exclusive || waited) || pendingA == 0 -> waited = waited && exclusive; break }
    od
}

/* sq_sigwait */
inline sleepOfReceiver()
{
    atomic { forA = exclusive };
    if
    :: atomic { forA -> sleeper = true };
       atomic { forA = exclusive; waited = waited || forA }
    :: atomic { else -> skip }
    fi;
    if
    :: atomic { forA -> skip }
    :: atomic { !forA -> skip }; fetch(); atomic { sleeper = false; wake = false }
    fi;
    atomic { woken = (note[RECEIVER] & ~SLEEPING); note[RECEIVER] = note[RECEIVER] | SLEEPING };
    if
    :: atomic { woken -> skip }
    :: atomic { !woken && forA -> waits = !aside || isRealTime };
       if
       :: atomic { wake -> wake = false }
       :: atomic { wakeAtLarge -> wakeAtLarge = false }
       :: atomic { waits && pendingA > 0 -> takeA(hand) }
       fi;
       atomic { waits = false }
    :: atomic { !woken && !forA -> skip };
       if
       :: atomic { note[RECEIVER] == SLEEPING -> onFutex[RECEIVER] = true };
          atomic { !onFutex[RECEIVER] -> skip }
       :: atomic { note[RECEIVER] != SLEEPING -> skip }
       fi
    fi;
    atomic { woken = false; forA = false };
    if
    :: atomic { hand > 0 -> note[RECEIVER] = note[RECEIVER] & ~SLEEPING };
       record(hand);
       hand = 0
    :: atomic { else -> skip }
    fi
}

inline deliver(bits)
{
    atomic { channel = channel | bits; bell = bell || bits }
}

proctype Receiver()
{
    byte before, hand, bits;
    bool there, forA, woken, waits;

    do
    :: fetch();
       do
       :: atomic { state == PENDING -> state = ACTIVE; break }
       :: atomic { state == ACTIVE -> state = WAITING; waiter = true };
          do
          :: atomic { note[RECEIVER] & WOKEN -> note[RECEIVER] = 0; waiter = false; break }
          :: atomic { !(note[RECEIVER] & WOKEN) -> note[RECEIVER] = note[RECEIVER] & ~INTERRUPTED };
             sleepOfReceiver()
          od;
          break
       od;
       atomic { assert(!hasRole); bits = mask; mask = 0 };
       atomic { deliver(bits); bits = 0 }
    od
}

/* ---- The borrower ---- */

/* Its thread does not block A: while it waits, and once A has left and it was told so. */
#define mayCome ((unblocked || told) && pendingA > 0)

/* sq_handler on its thread, with an A in hand. It returns to a mask that blocks A. */
inline handleOnBorrower()
{
    atomic { note[BORROWER] = note[BORROWER] & ~SLEEPING; unblocked = false };
#ifdef MUTANT_IN_HAND
    if
    :: atomic { note[BORROWER] & WOKEN -> skip } /* it is recalled already */
    :: atomic { else -> skip }; record(hand)
    fi;
#else
    record(hand);
#endif
    hand = 0
}

/* sq_on_mask on its thread. */
inline beTold()
{
    toBlock = false;
    unblocked = false;
#ifndef MUTANT_TOLD_ASLEEP
    note[BORROWER] = note[BORROWER] & ~SLEEPING
#endif
}

inline handlerMayCome()
{
    if
    :: atomic { mayCome -> takeA(hand) }; handleOnBorrower()
    :: atomic { toBlock -> beTold() }
    :: skip
    fi
}

#ifdef MUTANT_NOT_COMPARED
#define mayStop true
#else
#define mayStop (note[BORROWER] == SLEEPING)
#endif

inline waitOnWord()
{
    if
    :: atomic { mayStop -> onFutex[BORROWER] = true };
       do
       :: atomic { !onFutex[BORROWER] -> break }
       :: atomic { onFutex[BORROWER] && mayCome -> takeA(hand) };
          handleOnBorrower();
          atomic { onFutex[BORROWER] = onFutex[BORROWER] && mayStop } /* the kernel starts it again */
       :: atomic { onFutex[BORROWER] && toBlock -> beTold(); onFutex[BORROWER] = mayStop }
       :: atomic { onFutex[BORROWER] && gaveUp < GIVES_UP -> gaveUp++; late = true; onFutex[BORROWER] = false }
       od
    :: atomic { !mayStop -> skip }
    fi
}

/* sq_sigwait_borrowed */
inline sleepOfBorrower()
{
    atomic { woken = (note[BORROWER] & ~SLEEPING); note[BORROWER] = note[BORROWER] | SLEEPING };
    if
    :: atomic { woken -> skip }
    :: atomic { !woken -> forA = exclusive && waitsForA };
       if
       :: atomic { forA -> skip };
          if
          :: aside = true; isAside = true; stir()
          :: skip
          fi;
          unblocked = true
       :: atomic { else -> skip }
       fi;
       handlerMayCome();
       waitOnWord();
       handlerMayCome();
       atomic { unblocked = false }
    fi;
    atomic { woken = false; forA = false };
#ifdef MUTANT_LEFT_ASIDE
    isAside = false
#else
    if
    :: atomic { isAside -> isAside = false; aside = false }; stir()
    :: atomic { else -> skip }
    fi
#endif
}

proctype Taker()
{
    byte before, hand, bits, gaveUp;
    bool there, forA, woken, unblocked, isAside, late, mine;

    do
    :: atomic { channel -> channel = 0 }
    :: atomic { !channel -> mine = (mask == 0) };
       if
       :: atomic { mine && state == WAITING -> state = LENT; borrowing = true };
          mine = !channel;
          do
          :: atomic { mine && !(note[BORROWER] & WOKEN) && !late -> skip }; sleepOfBorrower()
          :: atomic { note[BORROWER] & WOKEN -> break }
          :: atomic { !mine || late -> skip };
             if
             :: atomic { state == LENT -> state = WAITING; borrowing = false; break }
             :: atomic { state != LENT -> skip };
                atomic { note[BORROWER] & WOKEN -> break } /* its one wakeup is under way */
             fi
          od;
          atomic { mine = false; late = false; borrowing = false; note[BORROWER] = 0 };
          if
          :: atomic { hasRole -> bits = mask; mask = 0 };
             atomic { deliver(bits); mine = bits; bits = 0 };
                if
             :: atomic { mine && state == ACTIVE -> state = WAITING; hasRole = false }
             :: atomic { !mine || state != ACTIVE -> hasRole = false }; wakeup(RECEIVER)
             fi;
             mine = false
          :: atomic { else -> skip }
          fi
       :: atomic { !mine || state != WAITING -> mine = false };
          atomic { bell -> bell = false }
       fi
    od
}

/* ---- Others ---- */

proctype Killer()
{
    do
    :: atomic { sent < KILLS -> sent++; pendingA++ }
    :: atomic { sent == KILLS -> finished++; break }
    od
}

/* A thread that blocks neither W nor, once it has left, A. */
proctype Other()
{
    byte before, hand;
    bool there;

    do
#ifdef QUOTA
    :: atomic { wakeAtLarge && !otherBlocksW -> wakeAtLarge = false };
       atomic {
           if
#ifndef MUTANT_WAKE_KEPT
           :: isOwed -> otherBlocksW = true; wakeAtLarge = true
#endif
           :: else
           fi
       }
#endif
    :: atomic { !exclusive && pendingA > 0 -> takeA(hand) };
       record(hand);
       hand = 0
    od
}

#ifdef LEAVING
proctype Leaver()
{
    byte before;
    bool there;

    exclusive = false;
    announce();
    told = true; /* threads are, and do not block A any more */
    finished++
}
#define LEAVERS 1
#else
#define LEAVERS 0
#endif

#ifdef TOLD
proctype Teller()
{
    toBlock = true;
    finished++
}
#define TELLERS 1
#else
#define TELLERS 0
#endif

#ifdef SENDER
proctype Sender()
{
    byte before;
    bool there;

    send(B);
    finished++
}
#define SENDERS 1
#else
#define SENDERS 0
#endif

/* Runs when nobody else can. */
proctype Monitor()
{
    timeout ->
    atomic {
        assert(finished == 1 + LEAVERS + SENDERS + TELLERS);
        assert(recorded == KILLS);
        assert(pendingA == 0 && mask == 0 && !channel && !hasRole);
        assert(state == WAITING || state == LENT);
        assert(exclusive || !waited)
    }
}

init
{
    atomic {
        run Receiver();
        run Taker();
        run Killer();
        run Other();
#ifdef LEAVING
        run Leaver();
#endif
#ifdef TOLD
        run Teller();
#endif
#ifdef SENDER
        run Sender();
#endif
        run Monitor()
    }
}
