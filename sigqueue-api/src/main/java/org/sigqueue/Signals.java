package org.sigqueue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The signals of this process: Go's {@code os/signal} for Java.
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
 * <p>The process has one {@link SignalNotifier}, {@link #process}, with the best source and the
 * preferred parking strategy; the methods here are short forms of the most frequent uses. It is
 * built on first use, which may load a native library. All methods may be called from any thread.
 */
public final class Signals {
  private Signals() {}

  private static volatile @Nullable SignalNotifier notifier;

  /**
   * The notifier of this process.
   *
   * @throws org.sigqueue.core.source.SignalSourceException if there is no source that works here
   */
  public static SignalNotifier process() {
    SignalNotifier made = notifier;
    return made == null ? configure(SignalNotifier.builder(), false) : made;
  }

  /**
   * Builds the notifier of this process with options. Comes before anything else is used here.
   *
   * @return the notifier
   * @throws IllegalStateException if the notifier was built already
   */
  public static SignalNotifier configure(SignalNotifier.Builder options) {
    return configure(options, true);
  }

  // Not by the initialization of a class: if it failed, nobody would learn why the second time.
  private static synchronized SignalNotifier configure(
      SignalNotifier.Builder options, boolean first) {
    SignalNotifier made = notifier;
    if (made != null) {
      if (first) {
        throw new IllegalStateException("the signals of this process are in use already");
      }
      return made;
    }
    made = options.build();
    notifier = made;
    return made;
  }

  /**
   * Delivers these signals to the channel from now on; each channel gets its own copy.
   *
   * @see SignalNotifier#register(SignalChannel, Signal...)
   */
  public static Registration notify(SignalChannel channel, Signal... signals) {
    return process().register(channel, signals);
  }

  /**
   * Ends the delivery of all signals to the channel. A signal that was accepted before the call is
   * in the channel on return, a later one takes its previous action; none is delivered after
   * return.
   *
   * @see SignalNotifier#stop(SignalChannel)
   */
  public static void stop(SignalChannel channel) {
    process().stop(channel);
  }

  /**
   * Calls the handler for each of these signals on a daemon thread, one event at a time.
   *
   * @see SignalNotifier#subscribe(Consumer, Signal...)
   */
  public static Registration subscribe(Consumer<? super SignalEvent> handler, Signal... signals) {
    return process().subscribe(handler, signals);
  }

  /**
   * Calls the handler for the first of these signals, and no more after that: from its call on, a
   * second one takes its previous action. One that comes before that, because it follows at once or
   * the executor is busy, is ignored.
   *
   * @throws IllegalArgumentException if no signal is given
   * @throws UnsupportedSignalException if one of them cannot be received
   */
  public static Registration once(Consumer<? super SignalEvent> handler, Signal... signals) {
    return once(process(), handler, signals);
  }

  static Registration once(
      SignalNotifier notifier, Consumer<? super SignalEvent> handler, Signal... signals) {
    CompletableFuture<Registration> made = new CompletableFuture<>();
    AtomicBoolean called = new AtomicBoolean();
    Consumer<SignalEvent> first =
        event -> {
          if (called.compareAndSet(false, true)) {
            made.join().close(); // the signal may be faster than the return of subscribe
            handler.accept(event);
          }
        };
    try {
      Registration registration = notifier.subscribe(first, signals);
      made.complete(registration);
      return registration;
    } catch (RuntimeException | Error e) {
      made.completeExceptionally(e); // frees a call that waits
      throw e;
    }
  }

  /**
   * Calls the handler for each of these signals, and then lets the previous action follow, as if
   * there were no handler. For example, to log the sender of a TERM before the JVM exits.
   *
   * @see SignalNotifier#observe(Consumer, Signal...)
   */
  public static Registration observe(Consumer<? super SignalEvent> handler, Signal... signals) {
    return process().observe(handler, signals);
  }

  /**
   * Waits for the first of these signals. One that comes after the return takes its previous
   * action: a second Ctrl-C makes the JVM exit although the program hangs. (If a shutdown hook
   * hangs, the JVM does not exit; {@link org.sigqueue.shutdown.GracefulShutdown} has a deadline for
   * that.) One that comes before the return, because it follows at once, is ignored. A signal that
   * was received is not lost by an interrupt: then it is returned, and the thread stays
   * interrupted.
   *
   * @throws IllegalArgumentException if no signal is given
   * @throws UnsupportedSignalException if one of them cannot be received
   * @throws InterruptedException if interrupted while waiting
   */
  public static SignalEvent await(Signal... signals) throws InterruptedException {
    return await(process(), signals);
  }

  static SignalEvent await(SignalNotifier notifier, Signal... signals) throws InterruptedException {
    try (SignalChannel channel = SignalChannel.coalescing()) {
      Registration registration = notifier.register(channel, signals);
      try {
        return channel.take();
      } catch (InterruptedException e) {
        registration.close(); // what was accepted before is in the channel then
        SignalEvent event = channel.poll();
        if (event == null) {
          throw e;
        }
        Thread.currentThread().interrupt();
        return event;
      }
    }
  }

  /**
   * A flag that becomes true with the first of these signals, for a loop that looks at it. The
   * signals are received for the rest of the life of this process.
   *
   * @throws IllegalArgumentException if no signal is given
   * @throws UnsupportedSignalException if one of them cannot be received
   */
  public static AtomicBoolean flag(Signal... signals) {
    AtomicBoolean flag = new AtomicBoolean();
    process().subscribeInline(event -> flag.set(true), signals);
    return flag;
  }

  /**
   * A context that ends with the first of these signals.
   *
   * @see SignalNotifier#notifyContext(Signal...)
   */
  public static SignalContext notifyContext(Signal... signals) {
    return process().notifyContext(signals);
  }

  /**
   * Makes the process ignore signals, until {@link #reset} or until one is registered again.
   *
   * @see SignalNotifier#ignore(Signal...)
   */
  public static void ignore(Signal... signals) {
    process().ignore(signals);
  }

  /**
   * Puts the dispositions of signals back to what they were before this library changed them.
   *
   * @see SignalNotifier#reset(Signal...)
   */
  public static void reset(Signal... signals) {
    process().reset(signals);
  }

  /**
   * Sends a signal to a process, as {@code kill(2)} does.
   *
   * @throws IllegalArgumentException if the pid is not positive
   * @throws SignalSendException if it could not be sent
   */
  public static void send(long pid, Signal signal) {
    process().sending().send(pid, signal);
  }

  /**
   * Takes the default action of a signal, as if this library were not there: {@code TSTP} stops the
   * process until it is continued.
   *
   * @see SignalNotifier#performDefault(Signal)
   */
  public static void performDefault(Signal signal) {
    process().performDefault(signal);
  }

  /** Sends a signal to this process itself; it is delivered soon after. */
  public static void raise(Signal signal) {
    process().raise(signal);
  }
}
