package org.sigqueue;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sigqueue.UnsupportedSignalException.Reason;
import org.sigqueue.core.Delivery;
import org.sigqueue.core.Disposition;
import org.sigqueue.core.ParkingStrategy;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.SignalSource;
import org.sigqueue.core.SignalSourceException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who wants which signals of a source, and what the process does with them therefore.
 *
 * <p>Changes are made under a lock that the dispatcher does not take unless it has failed. Whoever
 * stops something waits for the dispatcher without the lock, so callbacks may call all of this.
 */
final class Registry {
  private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

  private final SignalSource source;
  private final ParkingStrategy parking;
  private final SharedBlock block;
  private final Routes routes = new Routes();
  private final Object lock = new Object();
  private @Nullable Dispatcher dispatcher; // guarded by lock; there while anything is registered
  private boolean closed; // guarded by lock
  private long displaced; // guarded by lock: signals whose handler somebody has replaced
  private boolean undeliverable; // guarded by lock: that has been said

  Registry(SignalSource source, ParkingStrategy parking) {
    this.source = source;
    this.parking = parking;
    this.block = source.block();
  }

  SignalSource source() {
    return source;
  }

  ParkingStrategy parking() {
    return parking;
  }

  /** Registers a subscriber for signals that the policy allows: all of them, or none. */
  void register(Subscriber subscriber, SignalSet signals, Terms terms) {
    subscriber.register(this);
    for (; ; ) {
      List<Registration> unsettled;
      Dispatcher completes;
      synchronized (lock) {
        checkOpen(subscriber);
        unsettled = unsettled(signals);
        if (unsettled.isEmpty()) {
          addAll(subscriber, signals, terms);
          return;
        }
        completes = Objects.requireNonNull(dispatcher);
      }
      completes.await(unsettled); // without the lock: a callback may be what it waits for
    }
  }

  /**
   * The registrations of these signals that are stopping and do not know yet where they end. As
   * long as there are any, a handler may be about to accept for them, and nobody can say where a
   * new registration starts.
   */
  private List<Registration> unsettled(SignalSet signals) {
    List<Registration> unsettled = new ArrayList<>();
    for (int signal : signals.toArray()) {
      for (Registration registration : routes.get(signal)) {
        if (registration.isStopping() && registration.isOpen()) {
          unsettled.add(registration);
        }
      }
    }
    return unsettled;
  }

  private void checkOpen(Subscriber subscriber) {
    RuntimeException refusal = subscriber.refusal();
    if (refusal != null) {
      throw refusal;
    }
    if (closed) {
      throw new IllegalStateException("the notifier is closed");
    }
    if (dispatcher != null && dispatcher.failure() != null) {
      throw new IllegalStateException("the signal dispatcher has failed", dispatcher.failure());
    }
  }

  private void addAll(Subscriber subscriber, SignalSet signals, Terms terms) {
    SignalSet missing = SignalSet.EMPTY;
    SignalSet first = SignalSet.EMPTY; // nobody has them yet
    for (int signal : signals.toArray()) {
      if (!isRegistered(subscriber, signal)) {
        checkTerms(Signal.of(signal), terms);
        missing = missing.union(SignalSet.of(signal));
        first = isWanted(signal) ? first : first.union(SignalSet.of(signal));
      }
    }
    List<Registration> added = new ArrayList<>();
    try {
      for (int signal : missing.toArray()) {
        added.add(add(subscriber, signal));
      }
      deliver(first, terms);
    } catch (RuntimeException e) {
      retireAll(added, true);
      throw e;
    }
  }

  /**
   * Ends all registrations of a subscriber. On return what was accepted before was offered to it,
   * and nothing follows.
   */
  void stop(Subscriber subscriber) {
    end(registration -> registration.subscriber.equals(subscriber), true);
  }

  /** Makes the process ignore signals; ends their registrations as {@link #stop} does. */
  void ignore(SignalSet signals) {
    synchronized (lock) {
      ignoreAll(signals); // first: a late handler must find what to do
    }
    end(registration -> signals.contains(registration.signal), false);
  }

  /** All of them, or none. */
  private void ignoreAll(SignalSet signals) {
    List<Integer> changed = new ArrayList<>();
    for (int signal : signals.stream().toArray()) {
      boolean already = source.disposition(signal).handler() == Disposition.IGNORE;
      try {
        source.ignore(signal);
      } catch (SignalSourceException e) {
        changed.forEach(each -> undoIgnore(each));
        throw new UnsupportedSignalException(
            Signal.of(signal), Reason.REFUSED_BY_SYSTEM, String.valueOf(e.getMessage()));
      }
      if (!already) {
        changed.add(signal);
      }
    }
  }

  private void undoIgnore(int signal) {
    if (isWanted(signal)) {
      source.install(signal);
    } else {
      restore(signal);
    }
  }

  /**
   * Puts the dispositions of signals back to what they were before this source changed them; ends
   * their registrations as {@link #stop} does.
   */
  void reset(SignalSet signals) {
    synchronized (lock) {
      signals.stream()
          .filter(signal -> !isWanted(signal))
          .filter(signal ->
              SignalPolicy.refusal(Signal.of(signal), source) == null) // the rest is untouched
          .forEach(this::restore);
    }
    end(registration -> signals.contains(registration.signal), true);
  }

  /** Stops everything, puts all dispositions back and ends the dispatcher. */
  void close() {
    synchronized (lock) {
      closed = true;
    }
    try {
      end(registration -> true, true);
    } finally {
      Dispatcher ending;
      synchronized (lock) {
        ending = dispatcher;
        dispatcher = null;
      }
      if (ending != null) {
        ending.close();
      }
    }
  }

  /**
   * Has signals take their previous actions again, as nobody receives them. On the thread of the
   * dispatcher that has failed: nobody who has the lock waits for it.
   */
  private void withdraw() {
    synchronized (lock) {
      retireAll(routes.all().toList(), true);
    }
  }

  /** Whether a signal is directed to this source for somebody. */
  boolean isWanted(int signal) {
    for (Registration registration : routes.get(signal)) {
      if (!registration.isStopping()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether somebody has replaced the handler of a signal; told once in the log when first seen.
   */
  boolean isDisplaced(int signal) {
    synchronized (lock) {
      if (isWanted(signal) && !source.disposition(signal).ours()) {
        noteDisplaced(signal);
      } else if (isWanted(signal)) {
        displaced &= ~SignalSet.bit(signal);
      }
      return (displaced & SignalSet.bit(signal)) != 0;
    }
  }

  private void noteDisplaced(int signal) {
    if ((displaced & SignalSet.bit(signal)) == 0) {
      displaced |= SignalSet.bit(signal);
      String owner = source.owner(source.disposition(signal).handler());
      LOG.warn(
          "somebody ({}) has replaced the handler of {}; it is left alone",
          owner == null ? "unknown" : owner,
          Signal.of(signal));
      Recorder.displaced(signal, owner);
    }
  }

  private void end(Predicate<Registration> which, boolean restore) {
    List<Registration> ending = new ArrayList<>();
    Dispatcher completes;
    synchronized (lock) {
      completes = dispatcher;
      routes.all().filter(which).forEach(ending::add);
      retireAll(ending, restore); // those that are stopping already are joined
    }
    if (completes != null) {
      completes.await(ending);
    }
  }

  private Dispatcher dispatcher() {
    Dispatcher running = dispatcher;
    if (running == null) {
      running = new Dispatcher(block, parking, routes, this::withdraw);
      dispatcher = running;
      running.start();
    }
    return running;
  }

  private boolean isRegistered(Subscriber subscriber, int signal) {
    for (Registration other : routes.get(signal)) {
      if (other.subscriber.equals(subscriber) && !other.isStopping()) {
        return true;
      }
    }
    return false;
  }

  private void checkTerms(Signal signal, Terms terms) {
    if (!terms.takeOverIgnored()) {
      checkInherited(signal);
    }
    Delivery chosen = terms.chosen(signal);
    Delivery now = source.delivery(signal.number());
    if (chosen != null && chosen != now && isWanted(signal.number())) {
      throw new IllegalStateException(signal + " is in use with delivery " + now);
    }
  }

  /** A process that was started with HUP, INT or TERM ignored was meant to survive them: nohup. */
  private void checkInherited(Signal signal) {
    boolean respected =
        signal.equals(Signal.HUP) || signal.equals(Signal.INT) || signal.equals(Signal.TERM);
    if (respected && source.previous(signal.number()).handler() == Disposition.IGNORE) {
      throw new UnsupportedSignalException(
          signal,
          Reason.IGNORED_AT_START,
          "it was ignored when the process started, as nohup does; takeOverIgnored() takes it all the"
              + " same");
    }
  }

  private Registration add(Subscriber subscriber, int signal) {
    dispatcher();
    long soFar = block.accepted(signal);
    boolean first = !isWanted(signal);
    Registration registration = new Registration(subscriber, signal, soFar);
    routes.add(registration);
    block.want(signal);
    if (first) {
      install(registration);
    }
    return registration;
  }

  private void install(Registration registration) {
    int signal = registration.signal;
    try {
      SignalPolicy.prepare(Signal.of(signal), block);
      source.install(signal);
      displaced &= ~SignalSet.bit(signal);
      LOG.debug("{} is received from now on", Signal.of(signal));
    } catch (SignalSourceException e) {
      retire(registration, true);
      throw new UnsupportedSignalException(
          Signal.of(signal), Reason.REFUSED_BY_SYSTEM, String.valueOf(e.getMessage()));
    }
  }

  /** Has the kernel deliver signals that were just installed as the terms say. */
  private void deliver(SignalSet signals, Terms terms) {
    Map<Delivery, SignalSet> chosen = new EnumMap<>(Delivery.class);
    SignalSet usual = SignalSet.EMPTY;
    for (int number : signals.toArray()) {
      Signal signal = Signal.of(number);
      SignalSet only = SignalSet.of(number);
      Delivery delivery = terms.chosen(signal);
      if (delivery != null) {
        chosen.put(delivery, chosen.getOrDefault(delivery, SignalSet.EMPTY).union(only));
      } else if (Terms.usual(signal) == Delivery.EXCLUSIVE) {
        usual = usual.union(only);
      }
    }
    for (Map.Entry<Delivery, SignalSet> entry : chosen.entrySet()) {
      deliverAsChosen(entry.getValue(), entry.getKey());
    }
    if (!usual.isEmpty()) {
      deliverIfPossible(usual);
    }
  }

  private void deliverAsChosen(SignalSet signals, Delivery delivery) {
    try {
      source.deliver(signals, delivery);
    } catch (SignalSourceException e) {
      throw new UnsupportedSignalException(
          Signal.of(signals.toArray()[0]),
          Reason.REFUSED_BY_SYSTEM,
          String.valueOf(e.getMessage()));
    }
  }

  private void deliverIfPossible(SignalSet signals) {
    try {
      source.deliver(signals, Delivery.EXCLUSIVE);
    } catch (SignalSourceException e) {
      if (!undeliverable) {
        undeliverable = true;
        LOG.info("{} come by the handler, and may lose their order in a burst", signals, e);
      }
    }
  }

  /** Starts the end of registrations, all together, as masks of threads are slow to change. */
  private void retireAll(List<Registration> ending, boolean restore) {
    SignalSet last =
        SignalSet.of(
            ending.stream()
                .mapToInt(registration -> registration.signal)
                .distinct()
                .filter(signal ->
                    Stream.of(routes.get(signal))
                        .allMatch(other -> other.isStopping() || ending.contains(other)))
                .toArray());
    try {
      source.deliver(last, Delivery.HANDLER); // first: what is pending there is still wanted
    } catch (SignalSourceException e) {
      LOG.warn("some threads go on blocking signals of {}", last, e);
    }
    ending.forEach(registration -> retire(registration, restore));
  }

  /** Starts the end of a registration; the dispatcher completes it. */
  private void retire(Registration registration, boolean restore) {
    if (registration.isStopping()) {
      return;
    }
    int signal = registration.signal;
    registration.stop();
    try {
      if (isWanted(signal)) {
        registration.endAt(block.accepted(signal));
      } else {
        // Handlers that enter from now on take the previous action; those inside may still accept.
        block.unwant(signal);
        if (restore) {
          restore(signal);
        }
      }
    } finally {
      Objects.requireNonNull(dispatcher)
          .drain(registration); // whoever joins must not wait for ever
    }
  }

  private void restore(int signal) {
    if (source.restore(signal)) {
      LOG.debug("the previous disposition of {} is back", Signal.of(signal));
    } else {
      noteDisplaced(signal);
    }
  }
}
