package org.sigqueue.stress;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
import org.sigqueue.core.Delivery;
import org.sigqueue.core.Disposition;
import org.sigqueue.core.SignalSet;

/**
 * All signals that can be received, at once, from threads and from another process, while children
 * are started, garbage is made and collected. Each signal is accounted for by itself.
 */
final class Mixed implements Scenario {
  private static final long CHILD_PAUSE_NANOS = 5_000_000;
  private static final int PAUSE_MICROS = 50;
  private static final int GARBAGE_BYTES = 1 << 20;
  private static final int COLLECT_EVERY = 64;

  /** Makes the senders in other processes, if there are to be any. */
  interface Abroad {
    Senders make(List<Signal> signals, Incidents incidents);
  }

  /**
   * A process that sends values, with pauses: the thread that starts a child on JDK 17 while
   * signals are exclusive is for that time the only one that does not block them, and a sender who
   * is faster than its handler would keep it there, and with it the VM from its next safepoint.
   */
  static Senders pacedProcess(List<Signal> signals, Incidents incidents) {
    return new SenderProcesses(1, signals, true, PAUSE_MICROS, incidents);
  }

  private final Abroad abroad;
  private final Duration patience;

  @SuppressWarnings("UnusedVariable") // written, so that it has to be allocated
  private volatile byte @Nullable [] garbage;

  Mixed(Abroad abroad, Duration patience) {
    this.abroad = abroad;
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
    return new Run(parameters, progress).run();
  }

  private final class Run {
    private final Trial trial;
    private final SignalChannel channel = SignalChannel.coalescing();
    private final AtomicLongArray events = new AtomicLongArray(SignalSet.MAX + 1);
    private final AtomicLongArray occurrences = new AtomicLongArray(SignalSet.MAX + 1);
    private final AtomicLong children = new AtomicLong();
    private final AtomicInteger next = new AtomicInteger();
    private final long[] acceptedBefore = new long[SignalSet.MAX + 1];
    private final Storm storm;
    private final Thread receiver = daemon("stress-receiver", this::receive);
    private final List<Thread> company = new ArrayList<>();
    private List<Signal> signals = List.of();
    private List<Disposition> before = List.of();
    private @Nullable Senders foreign;
    private volatile boolean over;

    Run(RunParameters parameters, Consumer<String> progress) {
      trial = new Trial(Mixed.this, parameters, patience, progress);
      storm = new Storm(parameters.workers(), parameters.seed(), this::kill, trial.incidents);
      company.add(daemon("stress-parent", this::startChildren));
      company.add(daemon("stress-garbage", this::makeGarbage));
    }

    RunResult run() throws InterruptedException {
      boolean lastSignalDelivered = false;
      long last = 0;
      if (trial.begin(this::subscribe)) {
        receiver.start();
        try {
          trial.rage(new Both(), () -> sum().delivered());
          trial.settle("the storm", this::isSettled, () -> unsettled().toString());
          lastSignalDelivered = true;
          for (Signal signal : signals) {
            lastSignalDelivered &= arrives(signal);
            last++;
          }
          trial.settle("the last signals", this::isSettled, () -> unsettled().toString());
        } catch (RuntimeException e) {
          trial.incidents.add(Thread.currentThread().getName(), e);
        }
      }
      trial.completes("stop", () -> trial.notifier().stop(channel));
      List<Counts> counts = signals.stream().map(this::counts).toList();
      List<Disposition> after = dispositions();
      trial.completes("close the channel", channel::close);
      trial.end();
      trial.join(receiver);
      Senders others = foreign;
      long sent = storm.sent() + last + (others == null ? 0 : others.sent()) + children.get();
      return trial.result(
          trial.parameters.delivery() == null ? Delivery.HANDLER : trial.parameters.delivery(),
          1,
          sent,
          sum(),
          lastSignalDelivered,
          failures(sent, counts, lastSignalDelivered, after));
    }

    private void subscribe(SignalNotifier notifier) {
      prepareChildren();
      signals = notifier.catchable().stream().mapToObj(Signal::of).toList();
      for (Signal signal : signals) {
        acceptedBefore[signal.number()] = trial.block.accepted(signal.number());
      }
      foreign = abroad.make(signals, trial.incidents);
      before = dispositions();
      notifier.notify(channel, notifier.catchable());
    }

    /** The first child that the JDK starts changes the disposition of SIGCHLD. */
    private static void prepareChildren() {
      try {
        new ProcessBuilder("true").start().waitFor();
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException("cannot start children", e);
      }
    }

    private List<String> failures(
        long sent, List<Counts> counts, boolean lastSignalDelivered, List<Disposition> after) {
      List<String> failures = new ArrayList<>();
      for (int i = 0; i < counts.size(); i++) {
        Signal signal = signals.get(i);
        failures.addAll(
            new Ledger(
                    signal.toString(),
                    counts.get(i),
                    events.get(signal.number()),
                    occurrences.get(signal.number()))
                .failures());
        if (!counts(signal).equals(counts.get(i))) {
          failures.add(signal + ": something arrived after stop had returned");
        }
        if (!after.get(i).equals(before.get(i))) {
          failures.add(signal + ": the disposition was " + before.get(i) + ", is " + after.get(i));
        }
      }
      Disposition any = trial.parameters.source().disposition(Signal.USR1.number());
      failures.addAll(
          Evidence.ofProcess(
              sent, sum().accepted(), lastSignalDelivered, trial.inconsistencies(), any, any));
      failures.addAll(trial.incidents.all());
      return failures;
    }

    private void receive() {
      try {
        for (SignalEvent event : channel) {
          events.incrementAndGet(event.signal().number());
          occurrences.addAndGet(event.signal().number(), event.count());
        }
      } catch (RuntimeException | Error e) {
        trial.incidents.add(receiver.getName(), e);
      }
    }

    private void kill() {
      kill(signals.get(Math.floorMod(next.getAndIncrement(), signals.size())));
    }

    private void kill(Signal signal) {
      trial.parameters.source().kill(ProcessHandle.current().pid(), signal.number());
    }

    /** The end of each child is a SIGCHLD that nobody has sent. */
    private void startChildren() {
      try {
        while (!over) {
          children.incrementAndGet();
          Process child = trial.notifier().start(new ProcessBuilder("true"));
          if (child.waitFor() != 0) {
            trial.incidents.add("a child has ended with status " + child.exitValue());
          }
          LockSupport.parkNanos(CHILD_PAUSE_NANOS);
        }
      } catch (IOException | InterruptedException | RuntimeException | Error e) {
        trial.incidents.add("stress-parent", e);
      }
    }

    private void makeGarbage() {
      for (int count = 1; !over; count++) {
        garbage = new byte[GARBAGE_BYTES];
        if (count % COLLECT_EVERY == 0) {
          garbage = null;
          System.gc();
        }
        LockSupport.parkNanos(CHILD_PAUSE_NANOS / 10);
      }
      garbage = null;
    }

    private boolean isSettled() {
      SignalSet set = SignalSet.of(signals.stream().mapToInt(Signal::number).toArray());
      return unsettled().isEmpty() && PendingSignals.none(set, trial.block);
    }

    /** The signals of which there is something on its way, in words. */
    private List<String> unsettled() {
      return signals.stream()
          .filter(signal -> {
            Counts counts = counts(signal);
            return !counts.areComplete()
                || counts.receivable() != occurrences.get(signal.number())
                || trial.block.inFlight(signal.number()) != 0;
          })
          .map(signal ->
              signal + ": " + counts(signal) + "; received " + occurrences.get(signal.number()))
          .toList();
    }

    /**
     * One at a time: the kernel drops a pending CONT when TSTP is sent, and the other way round.
     */
    private boolean arrives(Signal signal) throws InterruptedException {
      long earlier = occurrences.get(signal.number());
      kill(signal);
      boolean arrived =
          Await.until(Trial.LAST_SIGNAL_DEADLINE, () -> occurrences.get(signal.number()) > earlier);
      if (!arrived) {
        trial.incidents.add("the last " + signal + " was not received: " + counts(signal));
      }
      return arrived;
    }

    private Counts counts(Signal signal) {
      int number = signal.number();
      return Counts.of(
          trial.block.accepted(number) - acceptedBefore[number], channel.stats(signal));
    }

    private Counts sum() {
      return signals.stream().map(this::counts).reduce(new Counts(0, 0, 0, 0), Counts::plus);
    }

    private List<Disposition> dispositions() {
      return signals.stream()
          .map(signal -> trial.parameters.source().disposition(signal.number()))
          .toList();
    }

    /** Those in this process, those abroad, and what goes on beside them. */
    private final class Both implements Senders {
      @Override
      public void start() throws InterruptedException {
        if (foreign != null) {
          foreign.start();
        }
        company.forEach(Thread::start);
        storm.start();
      }

      @Override
      public boolean isOver() {
        return storm.isOver() || (foreign != null && foreign.isOver());
      }

      @Override
      public void end(Duration deadline) throws InterruptedException {
        storm.end(deadline);
        if (foreign != null) {
          foreign.end(deadline);
          children.incrementAndGet(); // its end is a SIGCHLD, too
        }
        over = true;
        for (Thread thread : company) {
          trial.join(thread);
        }
      }

      @Override
      public long sent() {
        return storm.sent() + (foreign == null ? 0 : foreign.sent());
      }
    }
  }

  private static Thread daemon(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }
}
