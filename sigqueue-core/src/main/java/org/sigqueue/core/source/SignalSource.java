package org.sigqueue.core.source;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;

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

  /**
   * The rank of the source: those that work are asked in descending order of this number. The
   * native one has 100. On the class path {@code sigqueue-api} asks that one first in any case: it
   * finds it by its name, so that the first use of a program need not open every jar.
   */
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
   * <p>The signal is made wanted before this, so that it never takes the previous action meanwhile.
   *
   * @throws SignalSourceException if the system refuses; with the errno EBUSY (16), if another copy
   *     of the source in this process has the signal
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
   * <p>The signal is made unwanted after this, so that it never takes the previous action
   * meanwhile.
   *
   * @throws SignalSourceException as {@link #install} does
   */
  void ignore(int signal);

  /**
   * Makes signals exclusive: every thread of the process blocks them, and the receiver alone gets
   * them, from the kernel. That is one wake-up a signal, and keeps the order of real-time signals.
   * A signal comes by the handler before, and wherever this fails. Any thread, with no lock that
   * others need; looks at all threads, about 20 us each, and interrupts those that do not block the
   * signals yet; waits half a second at most.
   *
   * @param signals installed signals; those that are exclusive already stay so
   * @throws SignalSourceException if that cannot be, and says why: this source has handlers only,
   *     the receiver does not wait in the kernel, a signal may not be blocked by all, no two
   *     real-time signals are free for the purpose, or the kernel refuses. None of them is
   *     exclusive then; if the reason is the loss of what exclusive delivery needs, neither are
   *     others.
   */
  default void enterExclusive(SignalSet signals) {
    if (!signals.isEmpty()) {
      throw new SignalSourceException("the source '" + name() + "' has handlers only", 0);
    }
  }

  /**
   * Ends the exclusive delivery of signals: from now on they come by the handler. Signals that are
   * pending in the kernel reach the receiver or the handler, so {@link #restore} comes after this.
   * Any thread, with no lock that others need; looks at all threads, and waits half a second at
   * most. Never throws: a thread that cannot be reached goes on blocking the signals, and {@link
   * #trouble} tells.
   *
   * @param signals those that are not exclusive stay as they are
   */
  default void leaveExclusive(SignalSet signals) {}

  /** The signals that are exclusive now. Any thread; never blocks. */
  default SignalSet exclusive() {
    return block().exclusive();
  }

  /**
   * Why signals that were made exclusive are not any more, or which threads still block signals
   * that have left: for people, and null if all is well. Any thread; never blocks.
   */
  default @Nullable String trouble() {
    return null;
  }

  /**
   * The surroundings that this source has found, for people who look for the cause of something:
   * texts by name, in the order to show them; empty if there is nothing to tell. Any thread, once
   * the source is open; never blocks.
   */
  default Map<String, String> facts() {
    return Map.of();
  }

  /** Whether a thread can block signals of this source: whether they come from the kernel. */
  default boolean isSubjectToMasks() {
    return false;
  }

  /**
   * Unblocks signals in the calling thread, so that the process has one thread at least that gets
   * them: a process that was started with a signal blocked blocks it in all its threads. For the
   * receiver's thread, and for signals that are not exclusive. Other threads and their children
   * stay as they are. Never blocks.
   *
   * <p>A signal that the thread had blocked may be blocked again when it comes, so that a flood of
   * it does not keep the thread from receiving: the receiver calls this before each wait.
   *
   * @return the signals that the thread had blocked
   */
  default SignalSet unblockInThisThread(SignalSet signals) {
    return SignalSet.EMPTY;
  }

  /**
   * Blocks those of these signals again that {@link #unblockInThisThread} has unblocked in the
   * calling thread. Never blocks the thread itself.
   */
  default void blockInThisThread(SignalSet signals) {}

  /**
   * Makes sure that the calling thread can use so many bytes more of its stack. Never blocks. By
   * default the thread calls itself in the smallest frames, which writes to all of that memory. A
   * source may ask the system instead, and so spare the caches of a thread that is about to wait;
   * and need not ask where as much is left as an earlier call has found.
   *
   * @param bytes not negative
   * @param found what an earlier call has returned for this many bytes, in this same platform
   *     thread; or 0
   * @return 0 if there is not so much; else what a later call may be told
   */
  default long findStack(int bytes, long found) {
    try {
      return descend(bytes / 16) + 1L;
    } catch (StackOverflowError e) {
      return 0;
    }
  }

  private static int descend(int left) {
    return left == 0 ? 0 : descend(left - 1) + 1;
  }

  /**
   * The disposition of a signal as it is now.
   *
   * @throws SignalSourceException if the system refuses to tell
   */
  Disposition disposition(int signal);

  /**
   * The disposition that {@link #restore} would put back: the one that was there before this source
   * changed it. If this source has not changed it, the one as it is now.
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

  /** The sending side, for this process and others. */
  SignalSender sender();

  /** The ways to end, stop and start processes. */
  ProcessControl processControl();
}
