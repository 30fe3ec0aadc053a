/*
 * The receiver that waits in the kernel for a signal while senders of another wake it, and somebody changes how
 * the signal is delivered: DirectStrategy.java and sigdirect.c. The words are those of words.pml, reduced to what
 * this path touches; the kernel is a flag for the signal, one for the wake signal, and a futex.
 *
 * Checked: no double wakeup, and at the end, when nothing can move any more, nothing that was sent is left.
 */
#define ACTIVE 0
#define PENDING 1
#define WAITING 2
#define WOKEN 1
#define SLEEPING 2
#define A 1 /* comes from the kernel */
#define B 2 /* is sent by a thread */

byte state, note, mask;
byte owed;         /* sent, and not received since */
bool direct;       /* the word in the block */
bool masked;       /* all threads block A */
bool sleeper;      /* the word: who sleeps waits in the kernel for signals, and not on the futex */
bool signalled;    /* A is pending in the kernel */
bool wakeSignal;   /* so is the wake signal, to the receiver */
bool onFutex;      /* the receiver sleeps there */
bool atRest;

inline wakeup()
{
    atomic { before = note; note = note | WOKEN; assert(!(before & WOKEN)) };
    if
    :: before & SLEEPING ->
       if
       :: sleeper -> wakeSignal = true
       :: else -> onFutex = false
       fi
    :: else
    fi
}

inline announce()
{
    do
    :: atomic { state == ACTIVE -> seen = ACTIVE };
       if
       :: atomic { state == seen -> state = PENDING }; break
       :: else
       fi
    :: atomic { state == WAITING -> seen = WAITING };
       if
       :: atomic { state == seen -> state = ACTIVE }; wakeup(); break
       :: else
       fi
    :: state == PENDING -> break
    od
}

/* What a handler does, and the receiver with what it has taken from the kernel. */
inline send(signal)
{
    atomic { had = mask & signal; mask = mask | signal };
    if
    :: !had -> announce()
    :: else
    fi
}

/* kill(2): finds a thread that does not block A, or leaves it pending. Some thread may always be late to block. */
proctype Killer()
{
    byte before, seen, had, i;
    do
    :: i < 2 ->
       i++;
       if
       :: atomic { masked -> owed = owed | A; signalled = true }
       :: owed = owed | A; send(A)
       fi
    :: else -> break
    od
}

proctype Sender()
{
    byte before, seen, had;
    owed = owed | B;
    send(B)
}

/* sq_deliver there and back. */
proctype Mode()
{
    byte before, seen, had;
    direct = true;
#ifndef MUTANT_NO_ANNOUNCE
    announce();
#endif
    masked = true;
    if
    :: skip
    :: direct = false;
       announce();
       /* The masks come off, and what is pending is handled. */
       atomic { masked = false; had = signalled; signalled = false };
       if
       :: had -> send(A)
       :: else
       fi
    fi
}

inline sleep()
{
    d = direct;
#ifndef MUTANT_LATE
    sleeper = d;
#endif
    atomic { before = note; note = note | SLEEPING };
    if
    :: before & WOKEN
    :: else ->
#ifdef MUTANT_LATE
       sleeper = d;
#endif
       if
       :: d ->
          d = direct; /* to_take */
          if
          :: atomic { wakeSignal -> wakeSignal = false }
          :: atomic { d && signalled -> signalled = false }; note = note & ~SLEEPING; send(A)
          fi
       :: else ->
          if
          :: atomic { note == SLEEPING -> onFutex = true }; !onFutex
          :: note != SLEEPING
          fi
       fi
    fi
}

inline look()
{
    /* fetch */
    do
    :: atomic { direct && signalled -> signalled = false }; send(A)
    :: else -> break
    od;
    do
    :: atomic { state == PENDING -> state = ACTIVE }; break
    :: atomic { state == ACTIVE -> state = WAITING };
       do
       :: note & WOKEN -> break
       :: else -> sleep()
       od;
       note = 0;
       break
    od;
    atomic { owed = owed & ~mask; mask = 0 }
}

proctype Receiver()
{
    byte before, seen, had;
    bool d;
    do
    :: look()
    od
}

/* Runs when nobody else can. */
proctype Monitor()
{
    timeout -> atRest = true;
    assert(owed == 0 && !signalled)
}

init
{
    atomic {
        run Receiver();
        run Killer();
        run Sender();
        run Mode();
        run Monitor()
    }
}
