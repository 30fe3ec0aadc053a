package org.sigqueue.core;

/** How the kernel brings a signal to the receiver. */
public enum Delivery {
  /**
   * A handler on a thread of the kernel's choice sends it to the receiver: two wake-ups. Changes
   * nothing but the signal's disposition.
   */
  HANDLER(0),

  /**
   * The receiver waits for it in the kernel, which is pointed at the receiver whenever that goes to
   * sleep; the primordial thread, which the kernel would ask first, blocks it. One wake-up as a
   * rule; while the receiver is awake the signal goes by the handler.
   */
  STEERED(1),

  /**
   * The receiver alone gets it, in the kernel, since all threads block it: one wake-up, and the
   * order of real-time signals is kept. The price: a signal that is sent to one thread, as {@code
   * raise(3)} and {@code pthread_kill(3)} do, stays pending there; and children that are started by
   * JDK 17 block it too, unless they are started by {@link SignalSource#start}.
   */
  EXCLUSIVE(2);

  private final int code;

  Delivery(int code) {
    this.code = code;
  }

  /** The number that stands for this in the native library. */
  public int code() {
    return code;
  }
}
