/*
 * Accepting, recording, dispatching and stopping: JavaSender.java and sq_accept in sigshim.c; serve and
 * completeDrained of Dispatcher.java; add, retire and end of Registry.java, whose lock is the variable lock. The
 * ring is a ring of cells that are claimed, filled and taken; that Vyukov's turns make it one is not shown here. The
 * queue is that of words.pml; the note's own steps are left to engine.pml.
 *
 * Subscriber 1 is registered for A and B when the handlers start, and is stopped while they run.
 *   SHARED      subscriber 2 has A as well and is stopped meanwhile, and somebody stops 1 a second time.
 *   RENOTIFY=n  subscriber n asks for A meanwhile: 1, which is being stopped, or another one.
 *   STORM       signal B never ends, and A is stopped all the same. Counts of B would be endless: not kept.
 *
 * Checked: every occurrence that was accepted is offered to somebody (never neither), and to no subscriber twice;
 * a subscriber whose Stop has returned has got what it covered, and gets nothing more; in the end accepted is
 * delivered plus lost, no record is left, and nobody waits: Stop ends (stopped, under weak fairness).
 */
#ifndef HANDLERS
#define HANDLERS 3
#endif
#ifndef CAPACITY
#define CAPACITY 1
#endif

#define EMPTY 0
#define CLAIMED 1

#define ghostSent(signal) skip
#define ghostTaken(set) skip
#define ghostAccepted() skip

#include "words.pml"

/* The block; by signal. */
byte wanted, draining;
byte accepts[3], lost[3], inFlight[3];
byte cell[CAPACITY]; /* EMPTY, CLAIMED, or CLAIMED + the signal */
byte tail, head;

/* The registrations: 0 and 1 are subscriber 1's of A and B, 2 is subscriber 2's of A, 3 is the later one. */
#define REGISTRATIONS 4
#define OPEN 255
typedef Registration {
    byte subscriber, sig, start, end;
    bool routed, stopping, drained;
    byte offered /* of the checker */
};
Registration reg[REGISTRATIONS];
byte drainQueue; /* a bit for each registration */
bool lock;

/* The dispatcher's. */
byte taken[3], takenLost[3];

byte returned; /* callers that are through */

#define bitOf(r) (1 << (r))
#define counted(signal) (signal == A || !STORMING)
#ifdef STORM
#define STORMING 1
#else
#define STORMING 0
#endif

/* Uses: byte seen, byte before, bool accepted, byte position, bool in. */
inline accept(signal)
{
#ifdef MUTANT_WANTED_FIRST
    in = wanted & signal;
    inFlight[signal]++;
#else
    inFlight[signal]++;
    in = wanted & signal;
#endif
    if
    :: atomic { in -> accepts[signal] = accepts[signal] + counted(signal) };
#ifdef MUTANT_BIT_FIRST
       send(signal);
#endif
       atomic {
           if
           :: cell[tail] == EMPTY ->
              cell[tail] = CLAIMED; position = tail; tail = (tail + 1) % CAPACITY
           :: else -> position = CAPACITY; lost[signal] = lost[signal] + counted(signal)
           fi
       };
       atomic {
           if
           :: position < CAPACITY -> cell[position] = CLAIMED + signal
           :: else
           fi;
           position = 0
       };
#ifndef MUTANT_BIT_FIRST
       send(signal)
#endif
    :: else
    fi;
#ifdef MUTANT_DRAINING_FIRST
    in = draining & signal;
    atomic { inFlight[signal]--; in = in && inFlight[signal] == 0 };
    if
    :: in -> announce()
#else
    atomic { inFlight[signal]--; in = (inFlight[signal] == 0) };
    if
    :: in && (draining & signal) -> announce()
#endif
    :: else
    fi;
    in = false
}

proctype Handler(bool isFirst)
{
    byte seen, before, signal, position;
    bool accepted, in;

    atomic {
        if
        :: !STORMING || isFirst -> signal = A
        :: !isFirst -> signal = B /* the handlers and the signals are alike */
        fi
    };
#ifdef STORM
    do
    :: accept(signal);
       if
       :: signal == A -> break
       :: else
       fi
    od
#else
    accept(signal)
#endif
}

/* ---- The dispatcher ---- */

/* Dispatcher.Delivery.deliver. Uses: byte from, upTo, r, sum, targets. */
inline deliver(signal, count)
{
    /* Nobody but the dispatcher looks at taken; the routes are read once. */
    atomic {
        from = taken[signal];
        upTo = from + count;
        taken[signal] = upTo;
        targets = 0;
        r = 0;
        do
        :: r < REGISTRATIONS ->
           if
           :: reg[r].routed && reg[r].sig == signal -> targets = targets | bitOf(r)
           :: else
           fi;
           r++
        :: else -> break
        od;
        r = 0
    };
    do
    :: atomic { r == REGISTRATIONS -> break }
    :: atomic { r < REGISTRATIONS && !(targets & bitOf(r)) -> r++ }
    :: atomic {
           r < REGISTRATIONS && (targets & bitOf(r)) ->
           /* Registration.covered: one look at the end. */
           low = (from > reg[r].start -> from : reg[r].start);
           high = (upTo < reg[r].end -> upTo : reg[r].end);
           if
           :: high > low ->
              assert(!reg[r].drained); /* nothing after Stop has returned */
              reg[r].offered = reg[r].offered + (high - low);
              got[reg[r].subscriber] = got[reg[r].subscriber] + (high - low)
           :: else
           fi;
           r++;
           low = 0; high = 0
       }
    od;
    atomic {
        assert(got[1] <= count && got[2] <= count); /* never twice */
        assert(got[1] + got[2] >= count);           /* never neither */
        got[1] = 0; got[2] = 0; r = 0; from = 0; upTo = 0; targets = 0
    }
}

inline deliverLost(signal)
{
    atomic {
        many = lost[signal] - takenLost[signal];
        takenLost[signal] = lost[signal]
    };
    if
    :: many > 0 -> deliver(signal, many); many = 0
    :: else
    fi
}

inline completeDrained()
{
    if
    :: drainQueue == 0
    :: else ->
#ifdef MUTANT_IN_FLIGHT_FIRST
       quiet = (inFlight[A] == 0) + 2 * (inFlight[B] == 0);
#endif
       atomic {
           draining = 0;
           d = 0;
           do
           :: d < REGISTRATIONS ->
              if
              :: drainQueue & bitOf(d) -> draining = draining | reg[d].sig
              :: else
              fi;
              d++
           :: else -> break
           od;
           d = 0
       };
       do
       :: atomic { d == REGISTRATIONS -> break }
       :: atomic { d < REGISTRATIONS && !(drainQueue & bitOf(d)) -> d++ }
       :: atomic { d < REGISTRATIONS && (drainQueue & bitOf(d)) -> sig = reg[d].sig };
          ended = !(wanted & sig);
#ifdef MUTANT_IN_FLIGHT_FIRST
          ended = ended && (quiet & sig);
#else
          ended = ended && inFlight[sig] == 0;
#endif
          if
          :: ended ->
             many = accepts[sig];
             atomic {
                 if
                 :: reg[d].end == OPEN -> reg[d].end = many
                 :: else
                 fi;
                 many = 0
             }
          :: else
          fi;
          if
          :: counted(sig) -> deliverLost(sig)
          :: else
          fi;
          atomic {
              if
              :: taken[sig] >= reg[d].end ->
                 drainQueue = drainQueue & ~bitOf(d);
                 reg[d].routed = false;
                 reg[d].drained = true;
                 /* Or more: one that is on its way to others may still be offered until Stop returns. */
                 assert(reg[d].offered >= reg[d].end - reg[d].start)
              :: else
              fi;
              d++;
              sig = 0; ended = false
          }
       od;
       d = 0
    fi
}

proctype Dispatcher()
{
    byte seen, before, bits, room, signal;
    bool woken, interrupted, accepted;
    byte from, upTo, r, targets, low, high, many, d, sig, quiet;
    byte got[3];
    bool ended;

    do
    :: look(FOREVER, bits);
       room = CAPACITY;
       do
       :: atomic { room == 0 || cell[head] <= CLAIMED -> break }
       :: atomic {
              room > 0 && cell[head] > CLAIMED ->
              signal = cell[head] - CLAIMED;
              cell[head] = EMPTY;
              head = (head + 1) % CAPACITY;
              room--
          };
          if
          :: counted(signal) -> deliver(signal, 1)
          :: else
          fi;
          signal = 0
       od;
       if
       :: room == 0 -> announce() /* there may be more */
       :: else
       fi;
       atomic { room = 0; accepted = false };
       if
       :: bits & A -> deliverLost(A)
       :: else
       fi;
       if
       :: (bits & B) && counted(B) -> deliverLost(B)
       :: else
       fi;
       bits = 0;
       completeDrained()
    od
}

/* ---- Callers ---- */

#define isWanted(s)                                                   \
    ((reg[0].routed && !reg[0].stopping && reg[0].sig == s) ||     \
     (reg[1].routed && !reg[1].stopping && reg[1].sig == s) ||     \
     (reg[2].routed && !reg[2].stopping && reg[2].sig == s) ||     \
     (reg[3].routed && !reg[3].stopping && reg[3].sig == s))

/* Under the lock. Uses: byte seen, before, soFar, bool accepted. */
inline retire(r)
{
    atomic { reg[r].stopping = true; soFar = OPEN };
    if
    :: isWanted(reg[r].sig) ->
       soFar = accepts[reg[r].sig];
       atomic {
           if
           :: reg[r].end == OPEN -> reg[r].end = soFar
           :: else
           fi
       }
    :: else -> wanted = wanted & ~reg[r].sig
    fi;
    drainQueue = drainQueue | bitOf(r);
    announce();
    atomic { accepted = false; soFar = 0 }
}

proctype Stop(byte subscriber)
{
    byte seen, before, soFar, r, joined;
    bool accepted;

    atomic { !lock -> lock = true };
    do
    :: atomic { r == REGISTRATIONS -> break }
    :: atomic { r < REGISTRATIONS && !(reg[r].routed && reg[r].subscriber == subscriber) -> r++ }
    :: atomic {
           r < REGISTRATIONS && reg[r].routed && reg[r].subscriber == subscriber ->
           joined = joined | bitOf(r) /* also if another is stopping it */
       };
       if
       :: !reg[r].stopping -> retire(r)
       :: else
       fi;
       r++
    od;
    atomic { lock = false; r = 0 };
    do
    :: atomic { r == REGISTRATIONS -> break }
    :: atomic { r < REGISTRATIONS && (!(joined & bitOf(r)) || reg[r].drained) -> r++ }
    od;
    returned++
}

#ifdef RENOTIFY
#define endsOpen(r) (reg[r].routed && reg[r].stopping && reg[r].end == OPEN && reg[r].sig == A)

/* Registry.register for one signal. */
proctype Notify(byte who)
{
    byte soFar, r;

#ifdef MUTANT_NOTIFY_AT_ONCE
    atomic { !lock -> lock = true };
#else
    /* While the last one's Stop is under way nobody can say which occurrences are whose: waits for it. */
    atomic { !lock && !endsOpen(0) && !endsOpen(2) -> lock = true };
#endif
    if
    :: reg[0].routed && !reg[0].stopping && reg[0].subscriber == who /* has it already */
    :: else ->
       soFar = accepts[A];
       do
       :: atomic { r == 3 -> break }
       :: atomic {
              r < 3 ->
              if
              :: reg[r].routed && reg[r].stopping && reg[r].sig == A && reg[r].end == OPEN ->
                 reg[r].end = soFar
              :: else
              fi;
              r++
          }
       od;
       atomic {
           reg[3].subscriber = who; reg[3].sig = A;
           reg[3].start = soFar; reg[3].end = OPEN;
           reg[3].routed = true
       };
       wanted = wanted | A
    fi;
    atomic { lock = false; returned++ }
}
#endif

#if defined(SHARED)
#define CALLERS 3
#elif defined(RENOTIFY)
#define CALLERS 2
#else
#define CALLERS 1
#endif

/* Runs when nobody else can. */
proctype Monitor()
{
    byte s = 1;

    atomic {
        timeout ->
        assert(returned == CALLERS);
        assert(mask == 0 && cell[head] == EMPTY);
        do
        :: s <= 2 ->
           assert(inFlight[s] == 0);
           assert(taken[s] == accepts[s] && takenLost[s] == lost[s]);
           s++
        :: else -> break
        od
    }
}

inline registered(r, whose, s)
{
    reg[r].subscriber = whose; reg[r].sig = s; reg[r].end = OPEN; reg[r].routed = true;
    wanted = wanted | s
}

init
{
    byte i;

    atomic {
        registered(0, 1, A);
#ifdef STORM
        registered(2, 2, B);
#else
        registered(1, 1, B);
#endif
#ifdef SHARED
        registered(2, 2, A);
#endif
        run Dispatcher();
        do
        :: i < HANDLERS -> run Handler(i == 0); i++
        :: else -> break
        od;
        run Stop(1);
#ifdef SHARED
        run Stop(2);
        run Stop(1);
#endif
#ifdef RENOTIFY
        run Notify(RENOTIFY);
#endif
#ifdef SAFE
        run Monitor()
#endif
    }
}

#ifndef SAFE
ltl stopped { <>(returned == CALLERS) }
#endif
