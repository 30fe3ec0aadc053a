/*
 * The signal queue of Go before December 2012 (issue 4383), as KickQueue.java has it: the negative control. The
 * word state serves as kick. To hand over the wakeup takes the sender two steps, the CAS of kick and the wakeup,
 * and between them the receiver can take the signal, come back and set kick anew.
 *
 * The property is that of words.pml, no double wakeup, and Spin must find it violated.
 */
#ifndef SENDERS
#define SENDERS 3
#endif

#define ghostSent(signal) skip
#define ghostTaken(set) skip
#define ghostAccepted() skip

#include "words.pml"

proctype Sender(byte signal)
{
    byte before;
    bool announces;

    atomic {
        before = mask & signal;
        mask = mask | signal;
        printf("S%d: adds signal %d to the mask\n", _pid - 1, signal)
    };
    if
    :: before
    :: else ->
       atomic {
           announces = (state == 1);
           if
           :: announces -> state = 0; printf("S%d: changes kick from 1 to 0\n", _pid - 1)
           :: else -> printf("S%d: finds kick 0\n", _pid - 1)
           fi
       };
       if
       :: announces ->
          atomic {
              if
              :: note & WOKEN -> printf("S%d: wakes the receiver A SECOND TIME\n", _pid - 1)
              :: else -> printf("S%d: wakes the receiver\n", _pid - 1)
              fi;
              wakeup()
          }
       :: else
       fi
    fi
}

proctype Receiver()
{
    byte got;
    bool woken, interrupted;

    do
    :: if
       :: state == 0 ->
          atomic { note = 0; printf("R:  finds kick 0, clears the note\n") };
          atomic { state = 1; printf("R:  sets kick\n") }
       :: else
       fi;
       atomic { swapMask(got); printf("R:  takes the mask: %d\n", got) };
       if
       :: got == 0 -> sleepNote(FOREVER); printf("R:  wakes up\n")
       :: else -> got = 0
       fi;
       woken = false
    od
}

init
{
    byte i;

    atomic {
        waiter = true; /* the old protocol never said who waits: no property to check */
        run Receiver();
        do
        :: i < SENDERS -> run Sender(1 + i % 2); i++
        :: else -> break
        od
    }
}
