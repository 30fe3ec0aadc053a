package org.sigqueue;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.Acceptor;
import org.sigqueue.core.Disposition;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.SignalSource;
import org.sigqueue.core.SignalSourceException;

/**
 * A source whose signals are raised by calls: to test how a program handles signals without
 * touching the process. It runs the same engine as real signals do. All methods may be called from
 * any thread.
 *
 * <pre>{@code
 * VirtualSignalSource source = new VirtualSignalSource();
 * try (SignalNotifier signals = SignalNotifier.builder().source(source).build()) {
 *   signals.subscribe(event -> configuration.reload(), Signal.HUP); // what is to be tested
 *   assertTrue(source.raise(Signal.HUP));
 * }
 * }</pre>
 */
public final class VirtualSignalSource implements SignalSource {
  private static final int RING_CAPACITY = 1024;
  private static final int SI_QUEUE = -1;
  private static final long HANDLER = 2; // an address that is neither the default nor ignore

  private final SharedBlock block = SharedBlock.allocate(RING_CAPACITY);
  private final Acceptor acceptor = new Acceptor(block);
  private final AtomicLong installed = new AtomicLong();
  private final AtomicLong ignored = new AtomicLong();

  /** Creates a source without signals. */
  public VirtualSignalSource() {}

  /**
   * Raises a signal, as if this process had sent it to itself.
   *
   * @return whether somebody is notified of it; if not, a real signal would take its previous
   *     action
   */
  public boolean raise(Signal signal) {
    return raise(occurrence(signal.number(), null));
  }

  /**
   * Raises a signal with these details; its sequence is set by the source.
   *
   * @return whether somebody is notified of it; if not, a real signal would take its previous
   *     action
   * @throws IllegalArgumentException if the number of the signal is not in 1 to 64
   */
  public boolean raise(Occurrence occurrence) {
    if ((installed.get() & SignalSet.bit(occurrence.signal)) == 0) {
      return false;
    }
    occurrence.timeNanos = System.nanoTime();
    return acceptor.accept(occurrence);
  }

  @Override
  public String name() {
    return "virtual";
  }

  @Override
  public int priority() {
    return 0;
  }

  @Override
  public void open() {}

  @Override
  public SharedBlock block() {
    return block;
  }

  @Override
  public void install(int signal) {
    set(installed, signal, true);
    set(ignored, signal, false);
  }

  @Override
  public boolean restore(int signal) {
    set(installed, signal, false);
    set(ignored, signal, false);
    return true;
  }

  @Override
  public void ignore(int signal) {
    set(installed, signal, false);
    set(ignored, signal, true);
  }

  @Override
  public Disposition disposition(int signal) {
    long bit = SignalSet.bit(signal);
    boolean ours = (installed.get() & bit) != 0;
    boolean ignore = (ignored.get() & bit) != 0;
    return new Disposition(
        ours ? HANDLER : ignore ? Disposition.IGNORE : Disposition.DEFAULT, 0, 0, 0, ours);
  }

  /** The default: nothing was there before. */
  @Override
  public Disposition previous(int signal) {
    return new Disposition(Disposition.DEFAULT, 0, 0, 0, false);
  }

  @Override
  public @Nullable String owner(long handler) {
    return null;
  }

  /** Raises the signal, if the pid is that of this process. */
  @Override
  public void kill(long pid, int signal) {
    send(pid, signal, null);
  }

  /** Raises the signal with the value, if the pid is that of this process. */
  @Override
  public void queue(long pid, int signal, long value) {
    send(pid, signal, value);
  }

  /** Raises the signal, with the value if there is one, if the process is this one. */
  @Override
  public void send(ProcessHandle process, int signal, @Nullable Long value) {
    send(process.pid(), signal, value);
  }

  /** Always throws: a virtual signal kills nobody. */
  @Override
  public void die(int signal) {
    throw new SignalSourceException("a virtual signal kills nobody", 0);
  }

  /** Always throws: a virtual signal kills nobody. */
  @Override
  public void dieOnExit(int signal) {
    throw new SignalSourceException("a virtual signal kills nobody", 0);
  }

  private void send(long pid, int signal, @Nullable Long value) {
    if (pid != ProcessHandle.current().pid()) {
      throw new SignalSourceException("virtual signals do not leave the process", 0);
    }
    raise(occurrence(signal, value));
  }

  private static Occurrence occurrence(int signal, @Nullable Long value) {
    Occurrence occurrence = new Occurrence();
    occurrence.signal = signal;
    occurrence.pid = (int) ProcessHandle.current().pid();
    if (value != null) {
      occurrence.code = SI_QUEUE;
      occurrence.value = value;
    }
    return occurrence;
  }

  private static void set(AtomicLong signals, int signal, boolean on) {
    long bit = SignalSet.bit(signal);
    signals.updateAndGet(bits -> on ? bits | bit : bits & ~bit);
  }
}
