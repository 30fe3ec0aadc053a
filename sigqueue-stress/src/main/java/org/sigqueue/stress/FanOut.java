package org.sigqueue.stress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.sigqueue.Signal;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.source.Disposition;

/**
 * One signal for a thousand channels, every other one coalescing: each gets its own copy of every
 * occurrence, and is accounted for by itself.
 */
final class FanOut implements Scenario {
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
    return new Run(parameters, progress).execute();
  }

  private final class Run extends ScenarioRun {
    private final Signal signal = parameters.signal();
    private final List<FanOutChannel> channels = new ArrayList<>();
    private final Load senders = LoadThreads.killingSelf(parameters, errors);
    private final Thread collector = new Thread(this::collect, "stress-collector");
    private final Disposition before = disposition(signal);
    private final long acceptedBefore = block.accepted(signal.number());
    private volatile boolean collected;
    private long sentLast;

    Run(RunParameters parameters, Consumer<String> progress) {
      super(FanOut.this, parameters, patience, progress);
      for (int i = 0; i < size; i++) {
        channels.add(new FanOutChannel(i));
      }
      collector.setDaemon(true);
    }

    @Override
    List<Signal> signals() {
      return List.of(signal);
    }

    @Override
    void register(SignalNotifier notifier) {
      channels.forEach(each -> notifier.register(each.channel, signal));
      collector.start();
    }

    @Override
    Load load() {
      return senders;
    }

    @Override
    boolean isSettled() {
      return isThrough(signal) && channels.stream().allMatch(this::isComplete);
    }

    @Override
    String state() {
      long received = channels.stream().mapToLong(FanOutChannel::occurrences).sum();
      return counts() + "; received " + received;
    }

    @Override
    boolean sendLast() throws InterruptedException {
      long[] earlier = channels.stream().mapToLong(FanOutChannel::occurrences).toArray();
      parameters.kill(signal);
      sentLast = 1;
      return Await.until(patience(), () -> allHaveMore(earlier));
    }

    @Override
    RunResult finish(boolean lastSignalDelivered) throws InterruptedException {
      completes("stop", () -> channels.forEach(each -> notifier().stop(each.channel)));
      List<Counts> counts = channels.stream().map(this::countsOf).toList();
      Disposition after = disposition(signal);
      end();
      collected = true;
      join(collector);
      long sent = senders.sent() + sentLast;
      List<String> failures = channelFailures(counts);
      failures.addAll(
          Observations.ofProcess(
              sent, accepted(), lastSignalDelivered, inconsistencies(), before, after));
      failures.addAll(errors.all());
      return result(size, sent, counts(), lastSignalDelivered, failures);
    }

    private List<String> channelFailures(List<Counts> counts) {
      List<String> all = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        FanOutChannel each = channels.get(i);
        each.collect(new ArrayList<>());
        Counts counted = counts.get(i);
        all.addAll(
            new ConservationCheck(each.name, counted, each.events(), each.occurrences())
                .failures());
        if (!countsOf(each).equals(counted)) {
          all.add(each.name + ": something arrived after stop had returned");
        }
      }
      List<String> reported = new ArrayList<>(all.subList(0, Math.min(REPORTED, all.size())));
      if (all.size() > REPORTED) {
        reported.add("and " + (all.size() - REPORTED) + " more failures of channels");
      }
      return reported;
    }

    private void collect() {
      try {
        List<SignalEvent> buffer = new ArrayList<>();
        while (!collected) {
          boolean some = false;
          for (FanOutChannel each : channels) {
            some |= each.collect(buffer);
          }
          if (!some) {
            LockSupport.parkNanos(LOOK_NANOS);
          }
        }
      } catch (RuntimeException | Error e) {
        errors.add(collector.getName(), e);
      }
    }

    private boolean isComplete(FanOutChannel each) {
      Counts counts = countsOf(each);
      return counts.areComplete() && counts.receivable() == each.occurrences();
    }

    private boolean allHaveMore(long[] earlier) {
      for (int i = 0; i < size; i++) {
        if (channels.get(i).occurrences() <= earlier[i]) {
          return false;
        }
      }
      return true;
    }

    private Counts countsOf(FanOutChannel each) {
      return Counts.of(accepted(), each.channel.stats(signal));
    }

    /** The accepted occurrences, and their outcome in all channels together. */
    @Override
    Counts counts() {
      Counts sum = new Counts(accepted(), 0, 0, 0);
      for (FanOutChannel each : channels) {
        sum = sum.plus(Counts.of(0, each.channel.stats(signal)));
      }
      return sum;
    }

    private long accepted() {
      return block.accepted(signal.number()) - acceptedBefore;
    }
  }
}
