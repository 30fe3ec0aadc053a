package org.sigqueue.stress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.core.Delivery;
import org.sigqueue.core.Disposition;

/**
 * A thousand channels for one signal, of which every other one coalesces: each gets its own copy of
 * every occurrence, and is accounted for by itself.
 */
final class FanOut implements Scenario {
  private static final int QUEUE_CAPACITY = 64;
  private static final long LOOK_NANOS = 100_000;
  private static final int REPORTED = 5; // failures of so many channels are enough

  private final int size;
  private final Duration patience;

  FanOut(int size, Duration patience) {
    this.size = size;
    this.patience = patience;
  }

  @Override
  public String name() {
    return "fan-out";
  }

  @Override
  public List<Integer> usualWorkers() {
    return List.of(1, 4);
  }

  @Override
  public RunResult run(RunParameters parameters, Consumer<String> progress)
      throws InterruptedException {
    return new Run(parameters, progress).run();
  }

  /** A channel, and what was taken from it; by the collector, and by others when that has ended. */
  private static final class Outlet {
    final String name;
    final SignalChannel channel;
    final AtomicLong events = new AtomicLong();
    final AtomicLong occurrences = new AtomicLong();

    Outlet(int number) {
      boolean queues = number % 2 == 0;
      name = "channel " + number + (queues ? " (queueing)" : " (coalescing)");
      channel = queues ? SignalChannel.queueing(QUEUE_CAPACITY) : SignalChannel.coalescing();
    }

    /** Takes all that is there; whether there was something. */
    boolean collect(Collection<SignalEvent> buffer) {
      buffer.clear();
      channel.drainTo(buffer);
      for (SignalEvent event : buffer) {
        events.setRelease(events.getPlain() + 1);
        occurrences.setRelease(occurrences.getPlain() + event.count());
      }
      return !buffer.isEmpty();
    }
  }

  private final class Run {
    private final Trial trial;
    private final Signal signal;
    private final int number;
    private final List<Outlet> outlets = new ArrayList<>();
    private final Storm storm;
    private final Disposition before;
    private final long acceptedBefore;
    private final Thread collector = new Thread(this::collect, "stress-collector");
    private Delivery delivery = Delivery.HANDLER;
    private volatile boolean collected;

    Run(RunParameters parameters, Consumer<String> progress) {
      trial = new Trial(FanOut.this, parameters, patience, progress);
      signal = parameters.signal();
      number = signal.number();
      storm = Storm.killingSelf(parameters, trial.incidents);
      for (int i = 0; i < size; i++) {
        outlets.add(new Outlet(i));
      }
      before = parameters.source().disposition(number);
      acceptedBefore = trial.block.accepted(number);
      collector.setDaemon(true);
    }

    RunResult run() throws InterruptedException {
      boolean lastSignalDelivered = false;
      long sent = 0;
      boolean began =
          trial.begin(notifier -> {
            outlets.forEach(outlet -> notifier.notify(outlet.channel, signal));
            delivery = trial.parameters.source().delivery(number);
          });
      if (began) {
        collector.start();
        try {
          trial.rage(storm, () -> sum().delivered());
          trial.settle("the storm", this::isSettled, () -> sum().toString());
          long[] earlier = outlets.stream().mapToLong(outlet -> outlet.occurrences.get()).toArray();
          trial.parameters.source().kill(ProcessHandle.current().pid(), number);
          sent = 1;
          lastSignalDelivered = Await.until(Trial.LAST_SIGNAL_DEADLINE, () -> allHaveMore(earlier));
          trial.settle("the last signal", this::isSettled, () -> sum().toString());
        } catch (RuntimeException e) {
          trial.incidents.add(Thread.currentThread().getName(), e);
        }
      }
      trial.completes("stop", () -> outlets.forEach(each -> trial.notifier().stop(each.channel)));
      List<Counts> counts = outlets.stream().map(this::counts).toList();
      Disposition after = trial.parameters.source().disposition(number);
      trial.end();
      collected = true;
      trial.join(collector);
      sent += storm.sent();
      return trial.result(
          delivery,
          size,
          sent,
          sum(),
          lastSignalDelivered,
          failures(sent, counts, lastSignalDelivered, after));
    }

    private List<String> failures(
        long sent, List<Counts> counts, boolean lastSignalDelivered, Disposition after) {
      List<String> failures = new ArrayList<>();
      List<String> ofChannels = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        Outlet outlet = outlets.get(i);
        outlet.collect(new ArrayList<>());
        Counts counted = counts.get(i);
        ofChannels.addAll(
            new Ledger(outlet.name, counted, outlet.events.get(), outlet.occurrences.get())
                .failures());
        if (!counts(outlet).equals(counted)) {
          ofChannels.add(outlet.name + ": something arrived after stop had returned");
        }
      }
      failures.addAll(ofChannels.subList(0, Math.min(REPORTED, ofChannels.size())));
      if (ofChannels.size() > REPORTED) {
        failures.add("and " + (ofChannels.size() - REPORTED) + " more of channels");
      }
      failures.addAll(
          Evidence.ofProcess(
              sent, sum().accepted(), lastSignalDelivered, trial.inconsistencies(), before, after));
      failures.addAll(trial.incidents.all());
      return failures;
    }

    private void collect() {
      try {
        List<SignalEvent> buffer = new ArrayList<>();
        while (!collected) {
          boolean some = false;
          for (Outlet outlet : outlets) {
            some |= outlet.collect(buffer);
          }
          if (!some) {
            LockSupport.parkNanos(LOOK_NANOS);
          }
        }
      } catch (RuntimeException | Error e) {
        trial.incidents.add(collector.getName(), e);
      }
    }

    private boolean isSettled() {
      return trial.block.inFlight(number) == 0
          && PendingSignals.none(signal, trial.block)
          && outlets.stream().allMatch(this::isComplete);
    }

    private boolean isComplete(Outlet outlet) {
      Counts counts = counts(outlet);
      return counts.areComplete() && counts.receivable() == outlet.occurrences.get();
    }

    private boolean allHaveMore(long[] earlier) {
      for (int i = 0; i < size; i++) {
        if (outlets.get(i).occurrences.get() <= earlier[i]) {
          return false;
        }
      }
      return true;
    }

    private Counts counts(Outlet outlet) {
      return Counts.of(accepted(), outlet.channel.stats(signal));
    }

    /** What handlers have accepted, and what has become of it in all channels together. */
    private Counts sum() {
      Counts sum = new Counts(accepted(), 0, 0, 0);
      for (Outlet outlet : outlets) {
        sum = sum.plus(Counts.of(0, outlet.channel.stats(signal)));
      }
      return sum;
    }

    private long accepted() {
      return trial.block.accepted(number) - acceptedBefore;
    }
  }
}
