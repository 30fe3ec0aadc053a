package org.sigqueue;

import java.io.IOException;
import java.util.Collection;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.source.Disposition;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.dispatch.CallbackSubscriber;
import org.sigqueue.dispatch.Hub;
import org.sigqueue.dispatch.InlineSubscriber;
import org.sigqueue.dispatch.Owner;
import org.sigqueue.dispatch.SignalPolicy;
import org.sigqueue.dispatch.SignalSets;
import org.sigqueue.dispatch.SignalSources;
import org.sigqueue.dispatch.Subscriber;
import org.sigqueue.dispatch.Threads;

/**
 * Registrations for the signals of one source. {@link Signals} has one for the process; frameworks
 * and tests build their own, over a source and with options of their choice.
 *
 * <p>Notifiers over the same source share its receiver and the dispatcher thread, which is there
 * while anything is registered; each ends only what was registered through it. All methods may be
 * called from any thread, those of a running callback too. A registration may start a thread, and
 * waits, for microseconds as a rule, for an earlier one of the same signal that is just ending.
 */
public final class SignalNotifier implements AutoCloseable {
  private static final SignalBuffer DEFAULT_BUFFER = SignalBuffer.queueing(1024);

  private final Hub hub;
  private final Owner owner;
  private final @Nullable Executor executor; // null: that of the library
  private final boolean receiveQuit;

  private SignalNotifier(Hub hub, Owner owner, Builder options) {
    this.hub = hub;
    this.owner = owner;
    this.executor = options.executor;
    this.receiveQuit = options.receiveQuit;
  }

  /** Starts to describe a notifier. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Delivers these signals to the channel from now on, in addition to those that it gets already;
   * takes a signal back whose handler somebody has replaced.
   *
   * @throws IllegalArgumentException if no signal is given
   * @throws UnsupportedSignalException if one of them cannot be received; then none is added
   * @throws ChannelClosedException if the channel is closed
   * @throws IllegalStateException if this notifier is closed
   */
  public Registration register(SignalChannel channel, Signal... signals) {
    return register(channel.subscriber(), SignalSets.nonEmpty(signals));
  }

  /** As {@link #register(SignalChannel, Signal...)}, for a set. */
  public Registration register(SignalChannel channel, Collection<Signal> signals) {
    return register(channel.subscriber(), SignalSets.nonEmpty(signals));
  }

  /**
   * Ends the delivery of all signals of this source to the channel, as {@link Registration#close()}
   * does.
   */
  public void stop(SignalChannel channel) {
    hub.end(channel.subscriber(), new SignalSet(-1));
  }

  /**
   * Ends the delivery of some signals to the channel.
   *
   * @throws IllegalArgumentException if no signal is given
   */
  public void stop(SignalChannel channel, Signal... signals) {
    hub.end(channel.subscriber(), SignalSets.nonEmpty(signals));
  }

  /**
   * Calls the handler for each of these signals on this notifier's executor, one event at a time,
   * in the order of recording. A slow handler delays nobody else; an event that finds 1,024 others
   * waiting for it is dropped and counted. An exception of the handler is logged and counted. While
   * it is subscribed, the JVM does not exit on INT, TERM or HUP by itself.
   *
   * @throws IllegalArgumentException if no signal is given
   * @throws UnsupportedSignalException if one of them cannot be received; then none is subscribed
   * @throws IllegalStateException if this notifier is closed
   */
  public Registration subscribe(Consumer<? super SignalEvent> handler, Signal... signals) {
    return subscribe(handler, executor(), DEFAULT_BUFFER, signals);
  }

  /** As {@link #subscribe(Consumer, Signal...)}, on another executor. */
  public Registration subscribe(
      Consumer<? super SignalEvent> handler, Executor on, Signal... signals) {
    return subscribe(handler, on, DEFAULT_BUFFER, signals);
  }

  /** As {@link #subscribe(Consumer, Signal...)}, with another way for events to wait. */
  public Registration subscribe(
      Consumer<? super SignalEvent> handler, SignalBuffer buffer, Signal... signals) {
    return subscribe(handler, executor(), buffer, signals);
  }

  /**
   * As {@link #subscribe(Consumer, Signal...)}, on another executor and with another way for events
   * to wait.
   */
  public Registration subscribe(
      Consumer<? super SignalEvent> handler, Executor on, SignalBuffer buffer, Signal... signals) {
    return register(
        CallbackSubscriber.of(
            CallbackSubscriber.deciding(true, handler),
            false,
            buffer,
            Objects.requireNonNull(on, "executor")),
        SignalSets.nonEmpty(signals));
  }

  /**
   * Calls the handler for each of these signals on the dispatcher thread itself: at once, without
   * garbage, and before what is registered later. For short actions that do not block: while one
   * runs no signal is delivered. No other thread ever calls it, so threads that wait in channels
   * are woken by the dispatcher as long as there is an inline handler. The event is valid only
   * during the call; see {@link SignalEvent#snapshot}.
   *
   * @throws IllegalArgumentException if no signal is given
   * @throws UnsupportedSignalException if one of them cannot be received; then none is subscribed
   * @throws IllegalStateException if this notifier is closed
   */
  public Registration subscribeInline(Consumer<? super SignalEvent> handler, Signal... signals) {
    return register(
        InlineSubscriber.of(CallbackSubscriber.deciding(true, handler), false),
        SignalSets.nonEmpty(signals));
  }

  /**
   * Calls the handler as {@link #subscribe(Consumer, Signal...)} does, and then has happen what
   * would have happened without it: the JVM's exit, the handler of another library, the default
   * action. A signal that somebody else receives as well is handled, so nothing follows then.
   *
   * @throws IllegalArgumentException if no signal is given
   * @throws UnsupportedSignalException if one of them cannot be received; then none is observed
   * @throws IllegalStateException if this notifier is closed
   */
  public Registration observe(Consumer<? super SignalEvent> handler, Signal... signals) {
    return intercept(CallbackSubscriber.deciding(false, handler), signals);
  }

  /**
   * Calls the handler as {@link #subscribe(Consumer, Signal...)} does, and lets it decide: if it
   * returns false, or throws, the previous action follows, as with {@link #observe}.
   *
   * @param handler returns whether it has handled the signal
   * @throws IllegalArgumentException if no signal is given
   * @throws UnsupportedSignalException if one of them cannot be received
   * @throws IllegalStateException if this notifier is closed
   */
  public Registration intercept(Predicate<? super SignalEvent> handler, Signal... signals) {
    return register(
        CallbackSubscriber.of(
            Objects.requireNonNull(handler, "handler"), true, DEFAULT_BUFFER, executor()),
        SignalSets.nonEmpty(signals));
  }

  Registration register(Subscriber subscriber, SignalSet signals) {
    SignalPolicy.check(signals, receiveQuit, source());
    return hub.register(owner, subscriber, signals);
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
    return SignalContext.on(this, signals);
  }

  Executor executor() {
    return executor == null ? Threads.workers() : executor; // whose classes few programs need
  }

  /**
   * Makes the process ignore signals. They are no longer delivered to anybody: signals accepted
   * before the call are delivered before it returns, later ones are ignored. Children inherit that
   * signals are ignored. Lasts until {@link #reset} or until one is registered again, also when
   * this notifier is closed.
   *
   * @throws IllegalArgumentException if no signal is given
   * @throws UnsupportedSignalException if one of them may not be ignored; then none is
   */
  public void ignore(Signal... signals) {
    SignalSet set = SignalSets.nonEmpty(signals);
    SignalPolicy.checkIgnorable(set, source());
    hub.ignore(set);
  }

  /**
   * Puts the dispositions of signals back to what they were before this library changed them. They
   * are no longer delivered to anybody: signals accepted before the call are delivered before it
   * returns, later ones take the previous action. Idempotent.
   *
   * @throws IllegalArgumentException if no signal is given
   */
  public void reset(Signal... signals) {
    hub.reset(SignalSets.nonEmpty(signals));
  }

  /** Whether the process ignores the signal, as the system has it, whatever made it so. */
  public boolean ignored(Signal signal) {
    return source().disposition(signal.number()).handler() == Disposition.IGNORE;
  }

  /** The obstacle to receiving the signal here, if there is one; asks the system. */
  public SignalStatus status(Signal signal) {
    return SignalStatus.of(signal, hub);
  }

  /** All signals that a program may receive from this notifier's source. */
  public Set<Signal> receivable() {
    return SignalSets.toSet(SignalPolicy.receivable(source()));
  }

  /** The counts of the source since the process started. */
  public SignalStats stats() {
    return SignalStats.of(source().block());
  }

  /** The sending of signals, to this process and others. */
  public SignalSending sending() {
    return new SignalSending(source().sender());
  }

  /** Sends a signal to this process itself; it is delivered soon after. */
  public void raise(Signal signal) {
    sending().send(ProcessHandle.current().pid(), signal);
  }

  /**
   * Takes the default action of the signal, as if nobody received it: stops the process until it is
   * continued, ends it, or does nothing. A terminal program calls this for TSTP when it has put the
   * terminal back, and goes on behind the call. Blocks while the process is stopped.
   *
   * @throws org.sigqueue.core.source.SignalSourceException if the source in use cannot do that
   */
  public void performDefault(Signal signal) {
    source().processControl().performDefault(signal.number());
  }

  /**
   * Ends this process by the default action of the signal, so that its parent sees a death by that
   * signal. Where that does not end a process (the signal's default is another one, or this is the
   * init process of a container) it exits with the status 128 + signal. Runs no shutdown hooks;
   * does not return.
   */
  public void die(Signal signal) {
    source().processControl().die(signal.number());
  }

  /**
   * Starts a child that does not inherit the signals which threads block for {@linkplain
   * Builder#exclusive exclusive} delivery, as children that JDK 17 starts by {@link
   * ProcessBuilder#start} do.
   */
  public Process start(ProcessBuilder builder) throws IOException {
    return source().processControl().start(builder);
  }

  /** The source of the signals. */
  public SignalSource source() {
    return hub.source();
  }

  /**
   * Ends all that was registered through this notifier, as {@link Registration#close()} does.
   * Idempotent.
   */
  @Override
  public void close() {
    owner.close(); // first: no registration can follow the end
    hub.end(owner);
  }

  /** Describes a notifier. */
  public static final class Builder {
    private @Nullable SignalSource source;
    private @Nullable ParkingStrategy parking;
    private @Nullable Executor executor;
    private @Nullable Consumer<? super Signal> onDisplaced;
    private SignalSet exclusive = SignalSet.EMPTY;
    private boolean takeOverIgnored;
    private boolean receiveQuit;

    private Builder() {}

    /** Where the signals come from; by default the best source that works here. */
    public Builder source(SignalSource source) {
      this.source = Objects.requireNonNull(source, "source");
      return this;
    }

    /** How the dispatcher waits for signals; by default {@link ParkingStrategies#preferred}. */
    public Builder parking(ParkingStrategy parking) {
      this.parking = Objects.requireNonNull(parking, "parking");
      return this;
    }

    /**
     * Where subscribed handlers run, unless they name an executor; by default on daemon threads
     * that are created as needed. It is called from a thread of this library, so it may block.
     */
    public Builder executor(Executor executor) {
      this.executor = Objects.requireNonNull(executor, "executor");
      return this;
    }

    /**
     * Receives these signals exclusively: every thread of the process blocks them, and the
     * dispatcher waits for them in the kernel. A signal then costs one wake-up instead of two, many
     * times as many of them get through as by a handler, and real-time signals keep order.
     *
     * <p>The price: each thread is interrupted once when the first of them is registered and when
     * the last of them ends, which may take up to a second; two real-time signals are taken
     * meanwhile; a signal that is sent to one thread stays pending there; and children that JDK 17
     * starts block them too, unless {@link SignalNotifier#start} starts them. Where it cannot be
     * done the signals come by the handler, and the log says why.
     */
    public Builder exclusive(Signal... signals) {
      exclusive = exclusive.union(SignalSets.of(signals));
      return this;
    }

    /**
     * Takes HUP, INT and TERM also if they were ignored when the process started. Without this they
     * stay ignored then: nohup, for example, starts a program so because it is meant to survive.
     */
    public Builder takeOverIgnored() {
      takeOverIgnored = true;
      return this;
    }

    /** Allows to receive QUIT; the JVM sees it as well, so thread dumps go on working. */
    public Builder receiveQuit() {
      receiveQuit = true;
      return this;
    }

    /**
     * Tells when somebody has replaced the handler of a signal that is registered: on a thread of
     * this library. It is noticed at each call that registers, ends or asks for the signal.
     */
    public Builder onDisplaced(Consumer<? super Signal> told) {
      onDisplaced = Objects.requireNonNull(told, "told");
      return this;
    }

    /**
     * Builds the notifier.
     *
     * @throws org.sigqueue.core.source.SignalSourceException if there is no source that works here
     * @throws IllegalArgumentException if the source cannot wake the parking strategy
     * @throws IllegalStateException if the source is in use with another parking strategy, or by
     *     another copy of this library
     */
    public SignalNotifier build() {
      SignalSource from = source == null ? SignalSources.best() : source;
      from.open();
      Owner owner = new Owner(parking, exclusive, takeOverIgnored, onDisplaced);
      from.block().checkWakeMethod(owner.parking());
      Hub hub = Hub.of(from);
      hub.checkParking(owner);
      return new SignalNotifier(hub, owner, this);
    }
  }
}
