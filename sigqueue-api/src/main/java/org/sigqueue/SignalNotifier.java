package org.sigqueue;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.Delivery;
import org.sigqueue.core.Disposition;
import org.sigqueue.core.ParkingStrategies;
import org.sigqueue.core.ParkingStrategy;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.SignalSource;
import org.sigqueue.core.SignalSourceException;

/**
 * Routes the signals of one source to channels: what {@link Signals} does for the process, for
 * frameworks and tests that choose the source and the parking strategy themselves.
 *
 * <p>Notifiers over the same source share it and its dispatcher thread; each stops only what was
 * registered through it. All methods may be called from any thread.
 */
public final class SignalNotifier implements AutoCloseable {
  private static final Map<SharedBlock, Shared> IN_USE = new HashMap<>(); // guards itself

  private static final class Shared {
    final Registry registry;
    int users;

    Shared(Registry registry) {
      this.registry = registry;
    }
  }

  private final Registry registry;
  private final Terms terms;
  private final boolean receiveQuit;
  private final Executor executor;
  private final Dependents dependents;
  private final Set<Subscriber> subscribers = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  private SignalNotifier(Registry registry, Executor executor, Builder options) {
    this.registry = registry;
    this.executor = executor;
    this.dependents = new Dependents(executor);
    this.terms =
        new Terms(options.takeOverIgnored, options.delivery, Map.copyOf(options.deliveries));
    this.receiveQuit = options.receiveQuit;
  }

  /** Starts to describe a notifier. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Delivers these signals to the channel from now on, in addition to those that it gets already.
   *
   * @throws IllegalArgumentException if no signal is given
   * @throws UnsupportedSignalException if one of them cannot be received; then none is added
   * @throws ChannelClosedException if the channel is closed
   * @throws IllegalStateException if this notifier is closed
   */
  public void notify(SignalChannel channel, Signal... signals) {
    notify(channel, setOf(signals));
  }

  /** As {@link #notify(SignalChannel, Signal...)}, for a set. */
  public void notify(SignalChannel channel, SignalSet signals) {
    register(Objects.requireNonNull(channel, "channel"), signals);
  }

  /**
   * Ends the delivery of all signals to the channel. A signal that was accepted before the call is
   * in the channel on return, a later one takes the action of before; nothing arrives after return.
   * A signal that no other channel wants gets its previous disposition back. Waits until signals
   * that are on their way have arrived; idempotent.
   */
  public void stop(SignalChannel channel) {
    registry.stop(channel);
    subscribers.remove(channel);
  }

  /**
   * Calls the handler for each of these signals on this notifier's executor, one event at a time,
   * in the order of arrival. A slow handler delays nobody else; an event that finds 1,024 others
   * waiting for it is dropped and counted. What the handler throws is logged and counted.
   *
   * @throws IllegalArgumentException if no signal is given
   * @throws UnsupportedSignalException if one of them cannot be received; then none is subscribed
   * @throws IllegalStateException if this notifier is closed
   */
  public Subscription subscribe(Consumer<? super SignalEvent> handler, Signal... signals) {
    return subscribe(handler, executor, signals);
  }

  /** As {@link #subscribe(Consumer, Signal...)}, on another executor. */
  public Subscription subscribe(
      Consumer<? super SignalEvent> handler, Executor on, Signal... signals) {
    return subscribe(handler, why -> {}, on, signals); // the log tells
  }

  /** As the public one; also tells, on the dispatcher thread, that no event can follow. */
  Subscription subscribe(
      Consumer<? super SignalEvent> handler,
      Consumer<? super Throwable> onFailure,
      Executor on,
      Signal... signals) {
    QueuedSubscription subscription =
        new QueuedSubscription(
            Objects.requireNonNull(handler, "handler"),
            onFailure,
            Objects.requireNonNull(on, "executor"));
    register(subscription, setOf(signals));
    return subscription;
  }

  /**
   * Calls the handler for each of these signals on the dispatcher thread itself: at once, without
   * garbage, and before anybody who is subscribed later. For short actions that do not block.
   *
   * @throws IllegalArgumentException if no signal is given
   * @throws UnsupportedSignalException if one of them cannot be received; then none is subscribed
   * @throws IllegalStateException if this notifier is closed
   */
  public Subscription subscribeInline(InlineHandler handler, Signal... signals) {
    InlineSubscription subscription =
        new InlineSubscription(Objects.requireNonNull(handler, "handler"));
    register(subscription, setOf(signals));
    return subscription;
  }

  private void register(Subscriber subscriber, SignalSet signals) {
    for (int number : checked(signals).toArray()) {
      SignalPolicy.check(Signal.of(number), receiveQuit, source());
    }
    if (closed) {
      throw new IllegalStateException("the notifier is closed");
    }
    subscribers.add(subscriber);
    registry.register(subscriber, signals, terms);
  }

  private static SignalSet checked(SignalSet signals) {
    if (signals.isEmpty()) {
      throw new IllegalArgumentException(
          "signals is empty; for all that can be received use Signals.catchable()");
    }
    return signals;
  }

  private static SignalSet setOf(Signal... signals) {
    long bits = 0;
    for (Signal signal : signals) {
      bits |= SignalSet.bit(signal.number());
    }
    return new SignalSet(bits);
  }

  /**
   * A context that ends with the first of these signals. It goes on receiving them until it is
   * closed, so that a second signal does not kill the process; {@link #context} leaves the choice.
   *
   * @throws IllegalArgumentException if no signal is given
   * @throws UnsupportedSignalException if one of them cannot be received
   * @throws IllegalStateException if this notifier is closed
   */
  public SignalContext notifyContext(Signal... signals) {
    return context(signals).start();
  }

  /**
   * Starts to describe a context that ends with the first of these signals.
   *
   * @throws IllegalArgumentException if no signal is given
   */
  public SignalContext.Builder context(Signal... signals) {
    return SignalContext.on(this, dependents, signals);
  }

  /**
   * A publisher of these signals. Each subscriber has a buffer of {@link
   * java.util.concurrent.Flow#defaultBufferSize} events; what finds it full is dropped and counted.
   * Subscribers are called on this notifier's executor.
   *
   * @throws IllegalArgumentException if no signal is given
   */
  public SignalPublisher publisher(Signal... signals) {
    return SignalPublisher.on(this, dependents, SignalPublisher.DEFAULT_CAPACITY, signals);
  }

  /**
   * As {@link #publisher(Signal...)}, with another buffer.
   *
   * @param capacity how many events a subscriber's buffer holds at least: 1 to 1,048,576
   */
  public SignalPublisher publisher(int capacity, Signal... signals) {
    return SignalPublisher.on(this, dependents, capacity, signals);
  }

  /**
   * Makes the process ignore signals. They are no longer delivered to anybody: what was accepted
   * before the call is delivered before it returns, what comes later is ignored. Children inherit
   * that signals are ignored. Lasts until {@link #reset} or until somebody is notified of them
   * again, also when this notifier is closed.
   *
   * @throws IllegalArgumentException if no signal is given
   * @throws UnsupportedSignalException if one of them may not be ignored; then none is
   */
  public void ignore(Signal... signals) {
    SignalSet set = checked(setOf(signals));
    for (int number : set.toArray()) {
      SignalPolicy.checkIgnorable(Signal.of(number), source());
    }
    registry.ignore(set);
  }

  /**
   * Puts the dispositions of signals back to what they were before this library changed them. They
   * are no longer delivered to anybody: what was accepted before the call is delivered before it
   * returns, what comes later takes the action of before. Idempotent.
   *
   * @throws IllegalArgumentException if no signal is given
   */
  public void reset(Signal... signals) {
    registry.reset(checked(setOf(signals)));
  }

  /** Whether the process ignores the signal, as the system has it: whoever made it so. */
  public boolean ignored(Signal signal) {
    return source().disposition(signal.number()).handler() == Disposition.IGNORE;
  }

  /** What stands in the way of receiving the signal here, if anything; asks the system. */
  public SignalStatus status(Signal signal) {
    return SignalStatus.of(signal, registry);
  }

  /** All signals that a program may receive from this notifier's source. */
  public SignalSet catchable() {
    return SignalPolicy.catchable(source());
  }

  /**
   * Starts a child that does not inherit the signals which threads block for {@link
   * Delivery#EXCLUSIVE}, as children that JDK 17 starts by {@link ProcessBuilder#start} do.
   */
  public Process start(ProcessBuilder builder) throws IOException {
    return source().start(builder);
  }

  /** What the source has counted since the process started. */
  public SignalStats stats() {
    return SignalStats.of(source().block());
  }

  /**
   * Sends a signal to a process, as {@code kill(2)} does. The pid may belong to another process by
   * now; a {@link ProcessHandle} is safer.
   *
   * @throws IllegalArgumentException if the pid is not positive
   * @throws SignalSendException if it could not be sent
   */
  public void send(long pid, Signal signal) {
    sending(() -> source().kill(pid, signal.number()));
  }

  /**
   * Sends a signal and a value to a process, as {@code sigqueue(3)} does.
   *
   * @throws IllegalArgumentException if the pid is not positive
   * @throws SignalSendException if it could not be sent
   */
  public void send(long pid, Signal signal, long value) {
    sending(() -> source().queue(pid, signal.number(), value));
  }

  /**
   * Sends a signal to this process and to no other that has got its pid since.
   *
   * @throws SignalSendException if it could not be sent; if the process has ended, with the reason
   *     {@link SignalSendException.Reason#NO_SUCH_PROCESS}
   */
  public void send(ProcessHandle process, Signal signal) {
    sending(() -> source().send(process, signal.number(), null));
  }

  /** As {@link #send(ProcessHandle, Signal)}, with a value. */
  public void send(ProcessHandle process, Signal signal, long value) {
    sending(() -> source().send(process, signal.number(), value));
  }

  /** Sends a signal to this process itself; whoever is notified of it gets it soon after. */
  public void raise(Signal signal) {
    send(ProcessHandle.current().pid(), signal);
  }

  /**
   * Ends this process by the default action of the signal, so that its parent sees a death by that
   * signal. Where that does not end a process (the signal's default is another one, or this is the
   * init process of a container) it exits with the status 128 + signal. Runs no shutdown hooks;
   * does not return.
   */
  public void die(Signal signal) {
    source().die(signal.number());
  }

  private static void sending(Runnable send) {
    try {
      send.run();
    } catch (SignalSourceException e) {
      throw new SignalSendException(e);
    }
  }

  /** The source of the signals. */
  public SignalSource source() {
    return registry.source();
  }

  /** Stops all that was registered through this notifier. Idempotent. */
  @Override
  public void close() {
    synchronized (IN_USE) {
      if (closed) {
        return;
      }
      closed = true;
    }
    try {
      dependents.close();
      subscribers.forEach(registry::stop);
    } finally {
      leave();
    }
  }

  private void leave() {
    synchronized (IN_USE) { // held to the end: the next one over this source finds it free
      Shared shared = Objects.requireNonNull(IN_USE.get(registry.source().block()));
      if (--shared.users == 0) {
        IN_USE.remove(registry.source().block());
        registry.close();
      }
    }
  }

  /** Describes a notifier. */
  public static final class Builder {
    private @Nullable SignalSource source;
    private @Nullable ParkingStrategy parking;
    private @Nullable Executor executor;
    private @Nullable Delivery delivery;
    private final Map<Signal, Delivery> deliveries = new HashMap<>();
    private boolean takeOverIgnored;
    private boolean receiveQuit;

    private Builder() {}

    /** Where the signals come from; by default the best source that works here. */
    public Builder source(SignalSource source) {
      this.source = Objects.requireNonNull(source, "source");
      return this;
    }

    /**
     * How the dispatcher thread waits for signals; by default {@link ParkingStrategies#preferred}.
     * A strategy that cannot be woken by the source is refused when the notifier is built.
     */
    public Builder parking(ParkingStrategy parking) {
      this.parking = Objects.requireNonNull(parking, "parking");
      return this;
    }

    /**
     * Where subscribed handlers run, unless they name an executor; by default on daemon threads
     * that are created as needed.
     */
    public Builder executor(Executor executor) {
      this.executor = Objects.requireNonNull(executor, "executor");
      return this;
    }

    /**
     * How the kernel is to deliver signals to this process; by default real-time signals {@link
     * Delivery#EXCLUSIVE} where the source and the parking strategy can, and others by the handler.
     * A signal that is in use already is refused if its delivery is another, and one that cannot be
     * delivered like this is refused as well.
     */
    public Builder delivery(Delivery delivery) {
      this.delivery = Objects.requireNonNull(delivery, "delivery");
      return this;
    }

    /** As {@link #delivery(Delivery)}, for these signals. */
    public Builder delivery(Delivery delivery, Signal... signals) {
      Objects.requireNonNull(delivery, "delivery");
      for (Signal signal : signals) {
        deliveries.put(signal, delivery);
      }
      return this;
    }

    /**
     * Takes HUP, INT and TERM also if they were ignored when the process started. Without this they
     * are refused then, because whoever started it, nohup for example, meant it to survive them.
     */
    public Builder takeOverIgnored() {
      takeOverIgnored = true;
      return this;
    }

    /** Allows to receive QUIT; the JVM sees it as well, so thread dumps and jcmd go on working. */
    public Builder receiveQuit() {
      receiveQuit = true;
      return this;
    }

    /**
     * Builds the notifier.
     *
     * @throws org.sigqueue.core.SignalSourceException if there is no source that works here
     * @throws IllegalArgumentException if the source cannot wake the parking strategy
     * @throws IllegalStateException if another notifier over the same source parks differently
     */
    public SignalNotifier build() {
      SignalSource from = source == null ? SignalSources.best() : source;
      from.open();
      synchronized (IN_USE) {
        Shared shared = IN_USE.get(from.block());
        if (shared == null) {
          ParkingStrategy strategy = parking == null ? ParkingStrategies.preferred() : parking;
          shared = new Shared(new Registry(from, strategy));
          IN_USE.put(from.block(), shared);
        } else if (parking != null && !parking.equals(shared.registry.parking())) {
          throw new IllegalStateException(
              "the source '"
                  + from.name()
                  + "' is in use with parking strategy '"
                  + shared.registry.parking().name()
                  + "'");
        }
        shared.users++;
        return new SignalNotifier(
            shared.registry, executor == null ? new CallbackThreads() : executor, this);
      }
    }
  }
}
