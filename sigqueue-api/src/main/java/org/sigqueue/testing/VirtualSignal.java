package org.sigqueue.testing;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.core.Occurrence;

/**
 * A signal to be raised by a {@link VirtualSignalSource}, with its origin. Immutable; any thread.
 *
 * <pre>{@code
 * source.raise(VirtualSignal.of(Signal.TERM).from(1, 0)); // as init sends it
 * source.raise(VirtualSignal.of(Signal.INT).fromKernel()); // as Ctrl-C does
 * }</pre>
 */
public final class VirtualSignal {
  private static final int SI_USER = 0;
  private static final int SI_QUEUE = -1;
  private static final int SI_KERNEL = 0x80;

  private final Signal signal;
  private final int code;
  private final int pid;
  private final int uid;
  private final @Nullable Long value;

  private VirtualSignal(Signal signal, int code, int pid, int uid, @Nullable Long value) {
    this.signal = Objects.requireNonNull(signal, "signal");
    this.code = code;
    this.pid = pid;
    this.uid = uid;
    this.value = value;
  }

  /** A signal that this process sends to itself by {@code kill(2)}, as user 0. */
  public static VirtualSignal of(Signal signal) {
    return new VirtualSignal(signal, SI_USER, (int) ProcessHandle.current().pid(), 0, null);
  }

  /**
   * The same signal, sent by another process.
   *
   * @throws ArithmeticException if the pid or the uid has more than 31 or 32 bits
   */
  public VirtualSignal from(long pid, long uid) {
    if (uid >>> 32 != 0) {
      throw new ArithmeticException("uid " + uid + " has more than 32 bits");
    }
    return new VirtualSignal(
        signal, value == null ? SI_USER : SI_QUEUE, Math.toIntExact(pid), (int) uid, value);
  }

  /** The same signal, sent by {@code sigqueue(3)} with this value. */
  public VirtualSignal value(long value) {
    return new VirtualSignal(signal, SI_QUEUE, pid, uid, value);
  }

  /** The same signal, from the kernel and without a value: as a key on the terminal sends it. */
  public VirtualSignal fromKernel() {
    return new VirtualSignal(signal, SI_KERNEL, 0, 0, null);
  }

  /** The record that the engine is to have of it. */
  Occurrence occurrence() {
    Occurrence occurrence = new Occurrence();
    occurrence.signal = signal.number();
    occurrence.code = code;
    occurrence.pid = pid;
    occurrence.uid = uid;
    occurrence.value = value == null ? 0 : value;
    return occurrence;
  }
}
