/*
 * The engine alone: SENDERS senders of SENDS signals each, a receiver that waits for ever, for a time, until it
 * is interrupted, or not at all, as it likes, and with CLOSING somebody who closes the queue, twice.
 *
 * TAKERS=n: the receiver puts what it receives into n channels. Each has a taker, which borrows the receiver's role when
 * that sleeps, and else waits for the bell of its channel. With RECALLING something else comes into the first channel.
 *
 * Checked: no wakeup without a waiter and no double wakeup (words.pml); nobody is found WAITING on entry
 * (words.pml); no signal is missed and no record is lost, at the end (Monitor) and under weak fairness
 * (received); what send has promised with true is received before receive says that the queue is closed and
 * empty; with CLOSING the receiver ends (ended). The role has one holder, and what came into a channel is taken.
 *
 * ENDLESS: the senders never stop, and each signal is still received again and again (served).
 */
#ifndef SENDERS
#define SENDERS 3
#endif
#ifndef SENDS
#define SENDS 1
#endif

byte published[3]; /* records, by signal; written before the signal is sent */
byte taken[3];     /* of those, how many the receiver has read, after it has taken the signal */
bool owed[3];      /* sent, and not taken since */
bool promised[3];  /* send has returned true, and the signal has not been taken since */
bool closedAndEmpty;
byte finished;

#define ghostSent(signal) owed[signal] = true
#define ghostTaken(set)                                              \
    if                                                               \
    :: set & A -> owed[A] = false; promised[A] = false               \
    :: else                                                          \
    fi;                                                              \
    if                                                               \
    :: set & B -> owed[B] = false; promised[B] = false               \
    :: else                                                          \
    fi

#define ghostAccepted()                                              \
    assert(!closedAndEmpty);                                         \
    promised[signal] = promised[signal] || (mask & signal)

#ifdef TAKERS
#if TAKERS == 1
#define allEmpty (!channel[0])
#else
#define allEmpty (!channel[0] && !channel[1])
#endif
byte channel[TAKERS];
bool bell[TAKERS];

/* Into each channel, and rings its bell. */
inline deliver(signals)
{
    atomic {
        channel[0] = channel[0] | signals; bell[0] = bell[0] || signals;
#if TAKERS > 1
        channel[1] = channel[1] | signals; bell[1] = bell[1] || signals
#endif
    }
}
#else
#define allEmpty true
#define deliver(signals) skip
#endif

#include "words.pml"

#define allTaken (taken[A] == published[A] && taken[B] == published[B])

inline publish(signal)
{
#if !defined(ENDLESS) && !defined(TAKERS)
    published[signal]++
#else
    skip
#endif
}

/* Senders are alike and so are the signals, so the first two to send may as well begin with A. */
proctype Sender(bool beginsWithA)
{
    byte seen, before, signal, sent;
    bool accepted;

    do
#ifndef ENDLESS
    :: atomic { sent == SENDS -> signal = 0; finished++; break }
#endif
    :: atomic {
           sent < SENDS ->
           if
           :: signal = A
           :: !(beginsWithA && sent == 0) -> signal = B
           fi;
#ifndef MUTANT_BIT_FIRST
           publish(signal);
#endif
       };
       send(signal);
       atomic {
#ifdef MUTANT_BIT_FIRST
           publish(signal);
#endif
#ifndef ENDLESS
           sent++;
#endif
           accepted = false
       }
    od
}

/* After the signal is taken. With takers there are none. */
inline readRecords(signals)
{
#ifndef TAKERS
    atomic {
        if
        :: signals & A -> taken[A] = published[A]
        :: else
        fi;
        if
        :: signals & B -> taken[B] = published[B]
        :: else
        fi
    }
#else
    skip
#endif
}

proctype Receiver()
{
    byte seen, patience, got;
    bool woken, interrupted, closed;

    do
    :: /* receive */
       atomic {
           if
           :: patience = FOREVER
#ifndef PATIENT
#ifndef TAKERS
           :: patience = POLL
#endif
           :: patience = TIMED
           :: patience = INTERRUPTIBLE
#endif
           fi;
           closed = (state == CLOSED)
       };
       look(patience, got);
       if
       :: atomic { got == 0 && closed -> break }
       :: else
       fi;
       readRecords(got);
       atomic { deliver(got); got = 0; closed = false; patience = POLL }
    od;
    atomic {
        closedAndEmpty = true;
        assert(!promised[A] && !promised[B])
    }
}

#ifdef TAKERS
proctype Taker(byte me)
{
    byte before, got, patience;
    bool given, mine;

    do
    :: atomic { channel[me] -> channel[me] = 0 }
    :: atomic {
           !channel[me] ->
           if
           :: patience = FOREVER
#if !defined(PATIENT) || defined(TAKERS_GIVE_UP)
           :: patience = TIMED
#endif
           fi
       };
       borrow(me + 1, patience, channel[me], got);
       if
       :: atomic { got == WOKEN -> skip };
          given = false;
          do
          :: atomic { given -> break }
          :: atomic { !given -> skip };
             swapMaskBorrowed(got);
             atomic { deliver(got); got = 0 };
             if
             :: giveBack(false, given)
             :: giveBack(true, given)
             fi
          od;
          atomic { borrower = 0; given = false }
       :: atomic { got == RECALLED -> got = 0 }
       :: atomic { got == 0 -> skip };
          if
          :: atomic { bell[me] -> bell[me] = false } /* as without lending */
          :: patience == TIMED
          fi
       fi;
       patience = 0
    od
}

#ifdef RECALLING
#define C 4
proctype Recaller()
{
    channel[0] = channel[0] | C;
    bell[0] = true;
    recall();
    finished++
}
#endif
#endif

#ifdef CLOSING
proctype Closer()
{
    byte seen, before;

    close();
#ifndef TAKERS
    close();
#endif
    finished++
}
#define CLOSERS 1
#else
#define CLOSERS 0
#endif

#ifdef RECALLING
#define PARTIES (SENDERS + CLOSERS + 1)
#else
#define PARTIES (SENDERS + CLOSERS)
#endif

/* Runs when nobody else can: the receiver sleeps for good, or is through. */
proctype Monitor()
{
    atomic {
        timeout ->
        assert(finished == PARTIES);
        assert(!hasRole && allEmpty);
#ifdef CLOSING
        assert(closedAndEmpty);
#endif
        assert(closedAndEmpty || (mask == 0 && allTaken))
    }
}

init
{
    byte i;

    atomic {
        run Receiver();
        do
        :: i < SENDERS -> run Sender(i < 2); i++
        :: else -> break
        od;
#ifdef TAKERS
        i = 0;
        do
        :: i < TAKERS -> run Taker(i); i++
        :: else -> break
        od;
#endif
#ifdef RECALLING
        run Recaller();
#endif
#ifdef CLOSING
        run Closer();
#endif
#ifdef SAFE
        run Monitor()
#endif
    }
}

#ifdef SAFE
/* none: the assertions are all */
#elif defined(ENDLESS)
ltl served { []((owed[A] -> <>!owed[A]) && (owed[B] -> <>!owed[B])) }
#elif defined(CLOSING)
ltl ended { <>closedAndEmpty }
#elif defined(PATIENT) && !defined(TAKERS)
ltl returned { <>(finished == PARTIES) }
#else
ltl received { <>[](mask == 0 && allTaken && allEmpty) }
#endif
