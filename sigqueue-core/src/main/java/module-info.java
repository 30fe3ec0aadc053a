/**
 * The signal queue itself: one state machine over shared words, and the interfaces that plug a way
 * to sleep and a source of signals into it. Depends on nothing at run time.
 */
@org.jspecify.annotations.NullMarked
module org.sigqueue.core {
  requires static org.jspecify;

  exports org.sigqueue.core;
  exports org.sigqueue.core.park;
  exports org.sigqueue.core.source;

  uses org.sigqueue.core.park.ParkingStrategy;
}
