/*
 * The words that senders and the receiver meet at, and what both do with them: SignalQueue.java, Receiver.java, Note.java
 * and ParkStrategy.java; the sender's side is in sigshim.c once more. A thread that waits for what the receiver would
 * give it may borrow the receiver's role while that sleeps: then the signal wakes this thread, and no other. One step of the model is one access to a
 * shared word: atomic holds together what the hardware does at once (a read-modify-write), and the access with
 * what its process does to its own variables.
 *
 * Spin interleaves sequentially consistent steps, which is what the code asks of VarHandle and of C11. Whether
 * it gets them is a question for jcstress; MUTANT_REORDERED does by hand what weaker accesses would allow.
 *
 * Each MUTANT_... is the engine with one mistake. It must be found wrong, or the properties are too weak.
 */

#define ACTIVE 0
#define PENDING 1
#define WAITING 2
#define CLOSED 3
#define LENT 4 /* as WAITING, and a borrower sleeps, which is the one to be woken */

/* Two signals; each is its own bit. */
#define A 1
#define B 2

/* NoteWord. */
#define WOKEN 1
#define SLEEPING 2

/* The borrower's note, beside WOKEN, which brings it the role. */
#define RECALLED 4

/* How long a look may wait. */
#define POLL 0
#define FOREVER 1
#define TIMED 2
#define INTERRUPTIBLE 3

byte mask;
byte state;
byte note;
bool sleeperKnown; /* ParkNote.sleeper is set: once, for there is one receiver */
bool permit;       /* that of LockSupport */

/* Not in the code: the receiver has entered WAITING, and has neither taken it back nor consumed its wakeup. */
bool waiter;

byte borrower;     /* who may use the borrower's note: one at a time, by CAS */
byte borrowersNote;
/* Not in the code. */
bool borrowing;    /* as waiter, of the borrower and LENT */
bool hasRole;      /* the borrower has the role: it alone may act as the receiver */

/* ---- The note ---- */

/* Uses: byte before. */
inline wakeup()
{
    atomic {
        assert(waiter);          /* no wakeup without a waiter */
        assert(!(note & WOKEN)); /* no double wakeup */
        before = note;
        note = note | WOKEN
    };
#ifdef PARKING
    atomic {
        if
        :: (before & SLEEPING) && sleeperKnown -> permit = true /* else unpark(null) */
        :: else
        fi;
        before = 0
    }
#else
    before = 0
#endif
}

/* The right to this is handed over by the CAS that ends LENT. */
inline wakeBorrower(how)
{
    atomic {
        assert(borrowing);
        assert(!borrowersNote);
        borrowersNote = how
    }
}

#ifdef PARKING
/* Note.sleep over ParkNote. The time may be over, and an interrupt may come, whenever it is asked for. */
inline sleepNote(patience)
{
    atomic { woken = note & WOKEN };
    if
    :: atomic { woken -> skip }
    :: atomic { !woken -> woken = note & WOKEN; note = note | SLEEPING };
       do
       :: atomic { woken || (note & WOKEN) -> woken = true; break }
       :: atomic {
              !woken && !(note & WOKEN) &&
                  (interrupted || patience == TIMED || patience == INTERRUPTIBLE) ->
              interrupted = (interrupted || patience == INTERRUPTIBLE)
          };
          atomic { woken = note & WOKEN; note = note & WOKEN; break }
       :: atomic { !woken && !(note & WOKEN) && !interrupted -> skip };
#ifdef MUTANT_KNOWN_LATE
          atomic { woken = note & WOKEN };
          sleeperKnown = true;
#else
          sleeperKnown = true;
          atomic { woken = note & WOKEN };
#endif
          if
          :: atomic { woken -> skip }
          :: atomic { !woken -> skip };
             atomic { permit -> permit = false }
          :: atomic { !woken -> skip } /* a park may return for no reason, but need not */
          fi
       od
    fi
}
#else
/* A sleeper that sees nothing but the word. */
inline sleepNote(patience)
{
    if
    :: atomic { note & WOKEN -> woken = true }
    :: atomic {
           !(note & WOKEN) && (interrupted || patience == TIMED || patience == INTERRUPTIBLE) ->
           interrupted = (interrupted || patience == INTERRUPTIBLE)
       };
       woken = note & WOKEN
    fi
}
#endif

/* ---- The sender ---- */

/* Uses: byte seen, byte before, bool accepted. */
inline announce()
{
    do
    :: atomic {
           seen = state;
           if
           :: seen == PENDING -> accepted = true; ghostAccepted(); break
           :: seen == CLOSED -> accepted = false; break
           :: else
           fi
       };
#ifdef MUTANT_WAKE_FIRST
       if
       :: seen == WAITING -> wakeup()
       :: else
       fi;
#endif
       atomic {
           if
           :: seen == state ->
              hasRole = hasRole || seen == LENT;
              state = (seen == ACTIVE -> PENDING : ACTIVE);
              accepted = true;
              ghostAccepted();
              break
           :: else
           fi
       }
    od;
    if
    :: atomic { seen == WAITING -> seen = 0 };
#ifndef MUTANT_WAKE_FIRST
       wakeup()
#endif
    :: atomic { seen == LENT -> seen = 0 };
       wakeBorrower(WOKEN)
    :: atomic { seen != WAITING && seen != LENT -> seen = 0 }
    fi
}

/* Uses: byte seen, byte before, bool accepted. */
inline send(signal)
{
#ifdef MUTANT_REORDERED
    atomic { seen = state; before = (seen == PENDING) };
    atomic { before = before || (mask & signal); mask = mask | signal; ghostSent(signal) };
#else
    atomic { before = mask & signal; mask = mask | signal; ghostSent(signal) };
#endif
    if
    :: atomic {
           before ->
           accepted = (state != CLOSED);
           before = 0;
           if
           :: accepted -> ghostAccepted()
           :: else
           fi
       }
    :: atomic { !before -> skip };
       announce()
    fi
}

/* Uses: byte seen, byte before. */
inline close()
{
    atomic { seen = state; state = CLOSED };
    if
#ifndef MUTANT_CLOSE_SILENTLY
    :: atomic { seen == WAITING -> skip };
       wakeup()
    :: atomic { seen == LENT -> skip };
       wakeBorrower(RECALLED);
#ifndef MUTANT_CLOSE_WAKES_BORROWER
       wakeup()
#endif
#endif
    :: else
    fi
}

/* ---- The receiver ---- */

inline swapMask(into)
{
    atomic { assert(!hasRole); into = mask; mask = 0; ghostTaken(into) }
}

/* Receiver.sleep. Uses: bool woken, bool interrupted. */
inline sleepWaiting(patience)
{
    sleepNote(patience);
    do
    :: atomic { woken -> note = 0; waiter = false; break }
    :: atomic { !woken && state == WAITING -> state = ACTIVE; waiter = false; break }
    :: atomic { !woken && state == LENT -> state = ACTIVE; waiter = false };
#ifndef MUTANT_OWNER_TAKES_SILENTLY
       wakeBorrower(RECALLED);
#endif
       break
    :: atomic { !woken && state != WAITING && state != LENT -> skip }; /* somebody was first */
#ifdef MUTANT_NO_AWAIT
       atomic { note = 0; waiter = false };
       break
#else
       /* A borrower with the role wakes this, or gives it back asleep: then the state is WAITING again. */
       if
       :: atomic { note & WOKEN -> woken = true }
       :: atomic { !(note & WOKEN) && (state == WAITING || state == LENT) -> skip }
       fi
#endif
    od;
    atomic { woken = false; interrupted = false }
}

/* Uses: byte seen, bool woken, bool interrupted. */
inline look(patience, into)
{
    do
    :: atomic { seen = state; assert(seen != WAITING && seen != LENT && !hasRole) };
       if
       :: atomic { seen == CLOSED || (seen == ACTIVE && patience == POLL) -> break }
       :: atomic { seen == PENDING && state == PENDING -> state = ACTIVE; break }
       :: atomic { seen == PENDING && state != PENDING -> skip }
       :: atomic { seen == ACTIVE && patience != POLL && state == ACTIVE ->
              state = WAITING; waiter = true };
          sleepWaiting(patience);
          break
       :: atomic { seen == ACTIVE && patience != POLL && state != ACTIVE -> skip }
       fi
    od;
    swapMask(into);
    seen = 0
}

/* ---- The borrower ---- */

/*
 * Waits for the role. patience: as long as it takes, or TIMED, which is also an interrupt. hasNews is what it waits for
 * beside that: somebody else may have been given it to, before the loan.
 * Nothing is lent while a signal is pending: its sender is about to announce it, and a taker that gives up and comes back
 * could change the state between that one's look and its CAS, again and again.
 * into: WOKEN with the role, RECALLED without; 0 if nothing was lent, or it was taken back. Uses: bool mine.
 */
inline borrow(me, patience, hasNews, into)
{
    atomic {
        into = 0;
#ifdef MUTANT_BORROWS_ANYWAY
        mine = true
#else
        mine = (mask == 0)
#endif
    };
    if
#ifdef MUTANT_NOTE_NOT_CLAIMED
    :: atomic { mine -> skip };
#else
    :: atomic { mine && borrower == 0 -> borrower = me };
#endif
       if
       :: atomic { state == WAITING -> state = LENT; borrowing = true };
          if
#ifndef MUTANT_NO_SECOND_LOOK
          :: atomic { hasNews -> skip }; /* from before the loan */
             recallOwn(into)
          :: atomic { !(hasNews) -> skip };
#else
          :: skip;
#endif
             if
             :: atomic { borrowersNote -> skip };
                consumeBorrowed(into)
             :: atomic { !borrowersNote && patience == TIMED -> skip };
                recallOwn(into)
             fi
          fi
       :: atomic { state != WAITING -> skip }
       fi;
       if
       :: atomic { into == WOKEN -> skip } /* keeps it until it has given back the role */
       :: atomic { into != WOKEN -> borrower = 0 }
       fi
    :: atomic { !mine || borrower != 0 -> skip }
    fi;
    mine = false
}

inline consumeBorrowed(into)
{
    atomic { borrowersNote -> into = borrowersNote; borrowersNote = 0; borrowing = false }
}

inline recallOwn(into)
{
#ifdef MUTANT_RECALL_BY_STORE
    if
    :: state == LENT -> atomic { state = WAITING; borrowing = false }
    :: else -> consumeBorrowed(into)
    fi
#else
    if
    :: atomic { state == LENT -> state = WAITING; borrowing = false }
    :: atomic { state != LENT -> skip }; /* its one wakeup is under way */
       consumeBorrowed(into)
    fi
#endif
}

/* By anybody who has something for the borrower that is not a signal here. */
inline recall()
{
    if
    :: atomic { state == LENT -> state = WAITING };
       wakeBorrower(RECALLED)
    :: atomic { state != LENT -> skip }
    fi
}

/* Borrower, with the role. */
inline swapMaskBorrowed(into)
{
    atomic { assert(hasRole); into = mask; mask = 0; ghostTaken(into) }
}

/* Gives the role back: asleep, if there is nothing to do; else, and when it has done enough, it wakes the receiver. */
inline giveBack(enough, given)
{
    given = false;
    if
#ifdef MUTANT_GIVEN_BACK_BY_STORE
    :: state == ACTIVE -> atomic { state = WAITING; hasRole = false; given = true }
#else
    :: atomic { state == ACTIVE && !(enough) -> state = WAITING; hasRole = false; given = true }
#endif
    :: atomic { state == PENDING && !(enough) -> state = ACTIVE }
    :: atomic { state == CLOSED || (enough) -> hasRole = false; given = true };
#ifndef MUTANT_CLOSED_ASLEEP
       wakeup()
#endif
    fi
}
