package org.sigqueue.stress;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.source.Disposition;

/**
 * All signals that can be received, at once, from threads and from another process, while children
 * are started and garbage is made and collected. Each signal is accounted for by itself.
 */
final class Mixed implements Scenario {
  private static final long CHILD_PAUSE_NANOS = 5_000_000;
  private static final long GARBAGE_PAUSE_NANOS = 500_000;
  private static final int SENDER_PAUSE_MICROS = 50;
  private static final int GARBAGE_BYTES = 1 << 20;
  private static final int COLLECT_EVERY = 64;
  private static final int NUMBERS = 65; // of signals, with 0

  /** Makes the load of other processes; without senders if there are to be none. */
  interface Processes {
    Load make(List<Signal> signals, Errors errors);
  }

  /**
   * A process that sends values, with pauses: the thread that starts a child on JDK 17 while
   * signals are exclusive is for that time the only one that does not block them, and a sender that
   * is faster than its handler would keep it there, and with it the VM from its next safepoint.
   */
  static Load pacedProcess(List<Signal> signals, Errors errors) {
    return new LoadProcesses(1, signals, true, SENDER_PAUSE_MICROS, errors);
  }

  private final Processes processes;
  private final Set<Signal> leftOut;
  private final Duration patience;

  @SuppressWarnings("UnusedVariable") // written, so that it has to be allocated
  private volatile byte @Nullable [] garbage;

  /**
   * Creates the scenario.
   *
   * @param leftOut the signals that it does not receive
   */
  Mixed(Processes processes, Set<Signal> leftOut, Duration patience) {
    this.processes = processes;
    this.leftOut = Set.copyOf(leftOut);
    this.patience = patience;
  }

  @Override
  public String name() {
    return "mixed";
  }

  @Override
  public List<Integer> usualWorkers() {
    return List.of(2);
  }

  @Override
  public RunResult run(RunParameters parameters, Consumer<String> progress)
      throws InterruptedException {
    prepareChildren();
    return new Run(parameters, progress).execute();
  }

  /** The first child that the JDK starts changes the disposition of SIGCHLD. */
  private static void prepareChildren() throws InterruptedException {
    try {
      new ProcessBuilder("true").start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start children", e);
    }
  }

  private List<Signal> received(RunParameters parameters) {
    List<Signal> received = new ArrayList<>(Receivable.signals(parameters.source()));
    received.removeAll(leftOut);
    return received;
  }

  private final class Run extends ScenarioRun {
    private final List<Signal> signals = received(parameters);
    private final SignalChannel channel = SignalChannel.coalescing();
    private final AtomicLongArray events = new AtomicLongArray(NUMBERS);
    private final AtomicLongArray occurrences = new AtomicLongArray(NUMBERS);
    private final AtomicLong children = new AtomicLong(); // each end of a child is a SIGCHLD
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger round = new AtomicInteger();
    private final long[] acceptedBefore = new long[NUMBERS];
    private final List<Disposition> before = dispositions();
    private final Load load;
    private final Thread reader = new Thread(this::read, "stress-receiver");
    private long sentLast;

    Run(RunParameters parameters, Consumer<String> progress) {
      super(Mixed.this, parameters, patience, progress);
      for (Signal signal : signals) {
        acceptedBefore[signal.number()] = block.accepted(signal.number());
      }
      children.incrementAndGet(); // the process that sends
      load =
          Load.group(
              List.of(
                  processes.make(signals, errors),
                  LoadThreads.background("stress-parent", this::startChild, errors),
                  LoadThreads.background("stress-garbage", this::makeGarbage, errors),
                  LoadThreads.sending(
                      parameters.workers(), parameters.seed(), this::killNext, errors)));
      reader.setDaemon(true);
    }

    @Override
    List<Signal> signals() {
      return signals;
    }

    @Override
    void register(SignalNotifier notifier) {
      notifier.register(channel, signals);
      reader.start();
    }

    @Override
    Load load() {
      return load;
    }

    @Override
    boolean isSettled() {
      return unsettled().isEmpty() && PendingSignals.none(parameters.source(), signals);
    }

    @Override
    String state() {
      return unsettled().toString();
    }

    @Override
    boolean sendLast() throws InterruptedException {
      boolean all = true;
      for (Signal signal : signals) {
        all &= arrives(signal);
      }
      return all;
    }

    /**
     * One at a time: the kernel drops a pending CONT when TSTP is sent, and the other way round.
     */
    private boolean arrives(Signal signal) throws InterruptedException {
      long earlier = occurrences.get(signal.number());
      parameters.kill(signal);
      sentLast++;
      boolean arrived = Await.until(patience(), () -> occurrences.get(signal.number()) > earlier);
      if (!arrived) {
        errors.add("the last " + signal + " was not received: " + countsOf(signal));
      }
      return arrived;
    }

    @Override
    RunResult finish(boolean lastSignalDelivered) throws InterruptedException {
      completes("stop", () -> notifier().stop(channel));
      List<Counts> counts = signals.stream().map(this::countsOf).toList();
      List<Disposition> after = dispositions();
      completes("close the channel", channel::close);
      end();
      join(reader);
      long sent = load.sent() + sentLast + children.get();
      List<String> failures = signalFailures(counts, after);
      Disposition any = disposition(Signal.USR1);
      failures.addAll(
          Observations.ofProcess(
              sent, counts().accepted(), lastSignalDelivered, inconsistencies(), any, any));
      failures.addAll(errors.all());
      return result(1, sent, counts(), lastSignalDelivered, failures);
    }

    private List<String> signalFailures(List<Counts> counts, List<Disposition> after) {
      List<String> failures = new ArrayList<>();
      for (int i = 0; i < counts.size(); i++) {
        Signal signal = signals.get(i);
        long takenEvents = events.get(signal.number());
        long takenOccurrences = occurrences.get(signal.number());
        failures.addAll(
            new ConservationCheck(signal.toString(), counts.get(i), takenEvents, takenOccurrences)
                .failures());
        if (!countsOf(signal).equals(counts.get(i))) {
          failures.add(signal + ": something arrived after stop had returned");
        }
        if (!after.get(i).equals(before.get(i))) {
          failures.add(signal + ": the disposition was " + before.get(i) + ", is " + after.get(i));
        }
      }
      return failures;
    }

    private void read() {
      try {
        for (SignalEvent event : channel) {
          events.incrementAndGet(event.signal().number());
          occurrences.addAndGet(event.signal().number(), event.count());
        }
      } catch (RuntimeException | Error e) {
        errors.add(reader.getName(), e);
      }
    }

    private void killNext() {
      parameters.kill(signals.get(Math.floorMod(next.getAndIncrement(), signals.size())));
    }

    private void startChild() {
      try {
        children.incrementAndGet();
        Process child = notifier().start(new ProcessBuilder("true"));
        if (child.waitFor() != 0) {
          errors.add("a child has ended with status " + child.exitValue());
        }
        LockSupport.parkNanos(CHILD_PAUSE_NANOS);
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException("cannot start children", e);
      }
    }

    private void makeGarbage() {
      garbage = new byte[GARBAGE_BYTES];
      if (round.incrementAndGet() % COLLECT_EVERY == 0) {
        garbage = null;
        System.gc();
      }
      LockSupport.parkNanos(GARBAGE_PAUSE_NANOS);
    }

    /** The signals of which there is something on its way, in words. */
    private List<String> unsettled() {
      return signals.stream()
          .filter(signal -> {
            Counts counts = countsOf(signal);
            return !counts.areComplete()
                || counts.receivable() != occurrences.get(signal.number())
                || block.inFlight(signal.number()) != 0;
          })
          .map(signal ->
              signal + ": " + countsOf(signal) + "; received " + occurrences.get(signal.number()))
          .toList();
    }

    private Counts countsOf(Signal signal) {
      int number = signal.number();
      return Counts.of(block.accepted(number) - acceptedBefore[number], channel.stats(signal));
    }

    @Override
    Counts counts() {
      return signals.stream().map(this::countsOf).reduce(Counts.NONE, Counts::plus);
    }

    private List<Disposition> dispositions() {
      return signals.stream().map(this::disposition).toList();
    }
  }
}
