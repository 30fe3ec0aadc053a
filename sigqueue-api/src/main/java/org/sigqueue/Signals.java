package org.sigqueue;

import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.SignalSet;

/**
 * Signals of this process, delivered to channels: Go's {@code os/signal} for Java.
 *
 * <pre>{@code
 * try (SignalChannel channel = SignalChannel.coalescing()) {
 *   Signals.notify(channel, Signal.HUP);
 *   for (SignalEvent event : channel) {
 *     log.info("{}: reload", event);
 *     configuration.reload();
 *   }
 * }
 * }</pre>
 *
 * <p>A facade over one {@link SignalNotifier} with the best source and the preferred parking
 * strategy, created on first use. All methods may be called from any thread.
 */
public final class Signals {
  private Signals() {}

  private static volatile @Nullable SignalNotifier notifier;

  /**
   * Delivers these signals to the channel from now on, in addition to those that it gets already;
   * each channel gets its own copy. The first call chooses the source of signals, which may load a
   * native library, and starts the dispatcher.
   *
   * @throws IllegalArgumentException if no signal is given
   * @throws UnsupportedSignalException if one of them cannot be received; then none is added
   * @throws ChannelClosedException if the channel is closed
   */
  public static void notify(SignalChannel channel, Signal... signals) {
    notifier().notify(channel, signals);
  }

  /** As {@link #notify(SignalChannel, Signal...)}, for a set. */
  public static void notify(SignalChannel channel, SignalSet signals) {
    notifier().notify(channel, signals);
  }

  /**
   * Ends the delivery of all signals to the channel. A signal that was accepted before the call is
   * in the channel on return, a later one takes the action of before; nothing arrives after return.
   * A signal that no other channel wants gets its previous disposition back. Waits until signals
   * that are on their way have arrived; idempotent.
   */
  public static void stop(SignalChannel channel) {
    notifier().stop(channel);
  }

  /**
   * Calls the handler for each of these signals on a daemon thread, one event at a time, in the
   * order of arrival. A slow handler delays nobody else; an event that finds 1,024 others waiting
   * for it is dropped and counted. What the handler throws is logged and counted.
   *
   * @throws IllegalArgumentException if no signal is given
   * @throws UnsupportedSignalException if one of them cannot be received; then none is subscribed
   */
  public static Subscription subscribe(Consumer<? super SignalEvent> handler, Signal... signals) {
    return notifier().subscribe(handler, signals);
  }

  /** As {@link #subscribe(Consumer, Signal...)}, on an executor. */
  public static Subscription subscribe(
      Consumer<? super SignalEvent> handler, Executor executor, Signal... signals) {
    return notifier().subscribe(handler, executor, signals);
  }

  /**
   * Calls the handler for each of these signals on the dispatcher thread itself: at once, without
   * garbage, and before anybody who is subscribed later. For short actions that do not block.
   *
   * @throws IllegalArgumentException if no signal is given
   * @throws UnsupportedSignalException if one of them cannot be received; then none is subscribed
   */
  public static Subscription subscribeInline(InlineHandler handler, Signal... signals) {
    return notifier().subscribeInline(handler, signals);
  }

  /**
   * A context that ends with the first of these signals. It goes on receiving them until it is
   * closed, so that a second signal does not kill the process; {@link #context} leaves the choice.
   *
   * @throws IllegalArgumentException if no signal is given
   * @throws UnsupportedSignalException if one of them cannot be received
   */
  public static SignalContext notifyContext(Signal... signals) {
    return notifier().notifyContext(signals);
  }

  /**
   * Starts to describe a context that ends with the first of these signals.
   *
   * @throws IllegalArgumentException if no signal is given
   */
  public static SignalContext.Builder context(Signal... signals) {
    return notifier().context(signals);
  }

  /**
   * A publisher of these signals. Each subscriber has a buffer of {@link
   * java.util.concurrent.Flow#defaultBufferSize} events; what finds it full is dropped and counted.
   * Subscribers are called on daemon threads.
   *
   * @throws IllegalArgumentException if no signal is given
   */
  public static SignalPublisher publisher(Signal... signals) {
    return notifier().publisher(signals);
  }

  /**
   * Makes the process ignore signals. They are no longer delivered to anybody: what was accepted
   * before the call is delivered before it returns, what comes later is ignored. Children inherit
   * that signals are ignored. Lasts until {@link #reset} or until somebody is notified of them
   * again.
   *
   * @throws IllegalArgumentException if no signal is given
   * @throws UnsupportedSignalException if one of them may not be ignored; then none is
   */
  public static void ignore(Signal... signals) {
    notifier().ignore(signals);
  }

  /**
   * Puts the dispositions of signals back to what they were before this library changed them. They
   * are no longer delivered to anybody: what was accepted before the call is delivered before it
   * returns, what comes later takes the action of before. Idempotent.
   *
   * @throws IllegalArgumentException if no signal is given
   */
  public static void reset(Signal... signals) {
    notifier().reset(signals);
  }

  /** Whether the process ignores the signal, as the system has it: whoever made it so. */
  public static boolean ignored(Signal signal) {
    return notifier().ignored(signal);
  }

  /** What stands in the way of receiving the signal here, if anything; asks the system. */
  public static SignalStatus status(Signal signal) {
    return notifier().status(signal);
  }

  /**
   * Starts a child that does not inherit the signals which threads block for {@link
   * org.sigqueue.core.Delivery#EXCLUSIVE}, as children that JDK 17 starts by {@link
   * ProcessBuilder#start} do.
   */
  public static Process start(ProcessBuilder builder) throws IOException {
    return notifier().start(builder);
  }

  /** What has been counted since the process started. */
  public static SignalStats stats() {
    return notifier().stats();
  }

  /**
   * Sends a signal to a process, as {@code kill(2)} does. The pid may belong to another process by
   * now; a {@link ProcessHandle} is safer.
   *
   * @throws IllegalArgumentException if the pid is not positive
   * @throws SignalSendException if it could not be sent
   */
  public static void send(long pid, Signal signal) {
    notifier().send(pid, signal);
  }

  /**
   * Sends a signal and a value to a process, as {@code sigqueue(3)} does.
   *
   * @throws IllegalArgumentException if the pid is not positive
   * @throws SignalSendException if it could not be sent
   */
  public static void send(long pid, Signal signal, long value) {
    notifier().send(pid, signal, value);
  }

  /**
   * Sends a signal to this process and to no other that has got its pid since.
   *
   * @throws SignalSendException if it could not be sent; if the process has ended, with the reason
   *     {@link SignalSendException.Reason#NO_SUCH_PROCESS}
   */
  public static void send(ProcessHandle process, Signal signal) {
    notifier().send(process, signal);
  }

  /** As {@link #send(ProcessHandle, Signal)}, with a value. */
  public static void send(ProcessHandle process, Signal signal, long value) {
    notifier().send(process, signal, value);
  }

  /** Sends a signal to this process itself; whoever is notified of it gets it soon after. */
  public static void raise(Signal signal) {
    notifier().raise(signal);
  }

  /**
   * Ends this process by the default action of the signal, so that its parent sees a death by that
   * signal. Where that does not end a process (the signal's default is another one, or this is the
   * init process of a container) it exits with the status 128 + signal. Runs no shutdown hooks;
   * does not return.
   */
  public static void die(Signal signal) {
    notifier().die(signal);
  }

  /** The notifier behind this facade; it cannot be closed to good effect. */
  static SignalNotifier notifier() {
    SignalNotifier made = notifier;
    return made == null ? makeNotifier() : made;
  }

  // Not by the initialization of a class: if it failed, nobody would learn why the second time.
  private static synchronized SignalNotifier makeNotifier() {
    SignalNotifier made = notifier;
    if (made == null) {
      made = SignalNotifier.builder().build();
      notifier = made;
    }
    return made;
  }

  /** All signals that a program may receive here. */
  public static SignalSet catchable() {
    return notifier().catchable();
  }
}
