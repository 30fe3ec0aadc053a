package org.sigqueue.core;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Where signals come from: a block that senders accept signals into, and the switch that directs a
 * signal to them. Found with {@link java.util.ServiceLoader}.
 *
 * <p>A source is one for the process, like the dispositions it changes. Callers serialize {@link
 * #install} and {@link #restore} of the same signal; everything else may be called from any thread.
 */
public interface SignalSource {
  /** The name to show to people: lower case, no blanks. */
  String name();

  /** Sources that work are asked in descending order of this number; the native one has 100. */
  int priority();

  /**
   * Whether the source works here; the first call may load a library.
   *
   * @throws SignalSourceException if it does not work; the message says what to do about it
   */
  void open();

  /**
   * The block that the senders of this source accept signals into; there is one for each source.
   */
  SharedBlock block();

  /**
   * Why this source can never receive a signal that another source may, for people; null if that is
   * not known before it is installed.
   */
  default @Nullable String refusal(int signal) {
    return null;
  }

  /**
   * Directs a signal to the senders of this source, and remembers the previous disposition.
   * Installing a signal again is allowed and keeps what is remembered.
   *
   * @throws SignalSourceException if the system refuses
   */
  void install(int signal);

  /**
   * Puts the previous disposition of a signal back, byte for byte, if that of this source is still
   * in place. If somebody has replaced it, that is left alone; this source's handler, should it
   * still be called by somebody, takes the previous action.
   *
   * @return whether the previous disposition is back; false if this source's was displaced
   * @throws SignalSourceException if the system refuses
   */
  boolean restore(int signal);

  /**
   * Makes the process ignore a signal, and remembers the previous disposition as {@link #install}
   * does. A handler of this source that is in flight and finds the signal unwanted ignores it, too.
   * {@link #install} ends it, and {@link #restore} puts back what was there before both.
   *
   * @throws SignalSourceException if the system refuses
   */
  void ignore(int signal);

  /**
   * Says how signals that are installed are to reach the receiver; at first by {@link
   * Delivery#HANDLER}. May take a moment for each thread of the process. Callers serialize this for
   * all signals. What is pending when a signal goes back to the handler reaches that; {@link
   * #restore} comes after.
   *
   * @throws SignalSourceException if this source, or the receiver's parking strategy, cannot do
   *     that for one of them; then all stay as they were
   */
  default void deliver(SignalSet signals, Delivery delivery) {
    if (delivery != Delivery.HANDLER && !signals.isEmpty()) {
      throw new SignalSourceException("the source '" + name() + "' has handlers only", 0);
    }
  }

  /** How a signal reaches the receiver. */
  default Delivery delivery(int signal) {
    return block().delivery(signal);
  }

  /**
   * Starts a child that does not inherit that signals are blocked for {@link Delivery#EXCLUSIVE}.
   * Any thread. If some hundred of such signals come meanwhile the child inherits it all the same:
   * the calling thread is the only one that gets them, and has to block them to get on.
   */
  default Process start(ProcessBuilder builder) throws IOException {
    return builder.start();
  }

  /**
   * The disposition of a signal as it is now.
   *
   * @throws SignalSourceException if the system refuses to tell
   */
  Disposition disposition(int signal);

  /**
   * The disposition that {@link #restore} would put back: what was there before this source changed
   * it. If this source has not changed it, the one as it is now.
   *
   * @throws SignalSourceException if the system refuses to tell
   */
  Disposition previous(int signal);

  /**
   * The library or program that contains a handler, for people: a file name without folders.
   *
   * @param handler the {@link Disposition#handler} of a disposition
   * @return the name; null if no file contains the address
   */
  @Nullable String owner(long handler);

  /**
   * Sends a signal as {@code kill(2)} does.
   *
   * @param pid a process; other meanings of {@code kill(2)} (0, negative) are refused
   * @throws IllegalArgumentException if the pid or the signal is out of range
   * @throws SignalSourceException if the system refuses; its errno says why
   */
  void kill(long pid, int signal);

  /**
   * Sends a signal with a value as {@code sigqueue(3)} does.
   *
   * @param pid a process
   * @throws IllegalArgumentException if the pid or the signal is out of range
   * @throws SignalSourceException if the system refuses; its errno says why
   */
  void queue(long pid, int signal, long value);

  /**
   * Sends a signal to a process and to no other that has got its pid since: through a pidfd where
   * the kernel has them.
   *
   * @param value what to send along, or null for none
   * @throws IllegalArgumentException if the signal is out of range
   * @throws SignalSourceException if the system refuses; ESRCH also if the process has ended
   */
  void send(ProcessHandle process, int signal, @Nullable Long value);

  /**
   * Ends this process by the default action of a signal, so that its parent sees a death by that
   * signal: restores the default action, unblocks the signal and raises it. Where that does not end
   * the process (the signal's default is another one, or this is the init process of a container)
   * it exits at once with the status 128 + signal. Does not return; runs no shutdown hooks.
   */
  void die(int signal);

  /**
   * Makes every end of this process from now on a death by the signal: that of {@link System#exit}
   * after the shutdown hooks and all else that the JVM does, that of {@link Runtime#halt} at once.
   * Where the signal does not end the process, its exit status stays what it is.
   */
  void dieOnExit(int signal);
}
