package org.sigqueue.testing;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.core.JavaSender;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.source.Disposition;
import org.sigqueue.core.source.ProcessControl;
import org.sigqueue.core.source.SignalSender;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;
import org.sigqueue.shutdown.ProcessExit;

/**
 * A source whose signals are raised by calls: to test how a program handles signals without
 * touching the process. It runs the same engine as real signals do. A {@link
 * org.sigqueue.shutdown.GracefulShutdown} over it ends {@link #process} and not the JVM. All
 * methods may be called from any thread.
 *
 * <pre>{@code
 * VirtualSignalSource source = new VirtualSignalSource();
 * try (SignalNotifier signals = SignalNotifier.builder().source(source).build()) {
 *   signals.subscribe(event -> configuration.reload(), Signal.HUP); // what is to be tested
 *   assertTrue(source.raise(Signal.HUP));
 * }
 * }</pre>
 *
 * <pre>{@code
 * GracefulShutdown shutdown = application.installShutdown(signals); // what is to be tested
 * source.raise(Signal.TERM);
 * assertEquals(0, source.process().awaitEnd(Duration.ofMinutes(1)).status());
 * ShutdownReport report = shutdown.report().orElseThrow();
 * assertEquals(Outcome.COMPLETED, report.outcome());
 * assertEquals(List.of("drain", "close the database"), report.steps(Result.DONE));
 * }</pre>
 */
public final class VirtualSignalSource
    implements SignalSource, SignalSender, ProcessControl, ProcessExit.Owner {
  private static final int RING_CAPACITY = 1024;
  private static final long HANDLER = 2; // an address that is neither the default nor ignore

  private final SharedBlock block = SharedBlock.allocate(RING_CAPACITY);
  private final JavaSender javaSender = new JavaSender(block);
  private final AtomicLong installed = new AtomicLong();
  private final AtomicLong ignored = new AtomicLong();
  private final List<Signal> previousActions = new CopyOnWriteArrayList<>();
  private final SignalSet ignoredAtStart;
  private final VirtualProcess process = new VirtualProcess();

  /** Creates a source in a process that was started with the default actions of all signals. */
  public VirtualSignalSource() {
    this(new SignalSet(0));
  }

  private VirtualSignalSource(SignalSet ignoredAtStart) {
    this.ignoredAtStart = ignoredAtStart;
    ignored.set(ignoredAtStart.bits());
  }

  /** Creates a source in a process that was started with these signals ignored, as by nohup. */
  public static VirtualSignalSource ignoringAtStart(Signal... signals) {
    return new VirtualSignalSource(
        SignalSet.of(Arrays.stream(signals).mapToInt(Signal::number).toArray()));
  }

  /** The process that shutdowns over this source end. */
  public VirtualProcess process() {
    return process;
  }

  @Override
  public ProcessExit processExit() {
    return process;
  }

  /**
   * Raises a signal, as if this process had sent it to itself.
   *
   * @return whether it was accepted; if not, a real signal would take its previous action
   */
  public boolean raise(Signal signal) {
    return raise(VirtualSignal.of(signal));
  }

  /**
   * Raises a signal with its origin.
   *
   * @return whether it was accepted; if not, a real signal would take its previous action
   */
  public boolean raise(VirtualSignal signal) {
    return raise(signal.occurrence());
  }

  /**
   * Raises a signal with these details, for tests of sources and engines; the source sets its
   * sequence and its time.
   *
   * @return whether it was accepted; if not, a real signal would take its previous action
   * @throws IllegalArgumentException if the number of the signal is not in 1 to 64
   */
  public boolean raise(Occurrence occurrence) {
    if ((installed.get() & SignalSet.bit(occurrence.signal)) == 0) {
      return false;
    }
    occurrence.timeNanos = System.nanoTime();
    return javaSender.accept(occurrence);
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
    set(ignored, signal, ignoredAtStart.contains(signal));
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

  /** The default, or that the process was started with the signal ignored. */
  @Override
  public Disposition previous(int signal) {
    boolean ignore = ignoredAtStart.contains(signal);
    return new Disposition(ignore ? Disposition.IGNORE : Disposition.DEFAULT, 0, 0, 0, false);
  }

  @Override
  public @Nullable String owner(long handler) {
    return null;
  }

  /** Does nothing: no thread can get a virtual signal but the receiver. */
  @Override
  public void enterExclusive(SignalSet signals) {}

  @Override
  public SignalSender sender() {
    return this;
  }

  @Override
  public ProcessControl processControl() {
    return this;
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

  /** Remembers the occurrence: see {@link #previousActions}. */
  @Override
  public void takePreviousAction(Occurrence occurrence) {
    previousActions.add(Signal.of(occurrence.signal));
  }

  /** The signals that would have taken their previous action, in this order. */
  public List<Signal> previousActions() {
    return List.copyOf(previousActions);
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
    VirtualSignal raised = VirtualSignal.of(Signal.of(signal));
    raise(value == null ? raised : raised.value(value));
  }

  private static void set(AtomicLong signals, int signal, boolean on) {
    long bit = SignalSet.bit(signal);
    signals.updateAndGet(bits -> on ? bits | bit : bits & ~bit);
  }
}
