/*
 * The engine alone: SENDERS senders of SENDS signals each, a receiver that waits for ever, for a time, until it
 * is interrupted, or not at all, as it likes, and with CLOSING somebody who closes the queue, twice.
 *
 * Checked: no wakeup without a waiter and no double wakeup (words.pml); nobody is found WAITING on entry
 * (words.pml); no signal is missed and no record is lost, at the end (Monitor) and under weak fairness
 * (received); what send has promised with true is received before receive says that the queue is closed and
 * empty; with CLOSING the receiver ends (ended).
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

#include "words.pml"

#define allTaken (taken[A] == published[A] && taken[B] == published[B])

inline publish(signal)
{
#ifndef ENDLESS
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
           :: patience = POLL
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
       /* The record is read after the signal is taken. */
       atomic {
           if
           :: got & A -> taken[A] = published[A]
           :: else
           fi;
           if
           :: got & B -> taken[B] = published[B]
           :: else
           fi;
           got = 0; closed = false; patience = POLL
       }
    od;
    atomic {
        closedAndEmpty = true;
        assert(!promised[A] && !promised[B])
    }
}

#ifdef CLOSING
proctype Closer()
{
    byte seen, before;

    close();
    close();
    finished++
}
#define PARTIES (SENDERS + 1)
#else
#define PARTIES SENDERS
#endif

/* Runs when nobody else can: the receiver sleeps for good, or is through. */
proctype Monitor()
{
    atomic {
        timeout ->
        assert(finished == PARTIES);
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
#elif defined(PATIENT)
ltl returned { <>(finished == PARTIES) }
#else
ltl received { <>[](mask == 0 && allTaken) }
#endif
