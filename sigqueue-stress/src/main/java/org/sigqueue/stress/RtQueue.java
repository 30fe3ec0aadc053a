package org.sigqueue.stress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sigqueue.DeliveryStats;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.source.Disposition;

/**
 * Values of a real-time signal, sent with {@code sigqueue} by other processes: the kernel merges
 * none of them, so all that were sent are accepted. Each arrives once, and with exclusive delivery
 * in the order in which its sender has sent it.
 */
final class RtQueue implements Scenario {
  private final Load.Factory senders;
  private final Duration patience;

  RtQueue(Load.Factory senders, Duration patience) {
    this.senders = senders;
    this.patience = patience;
  }

  @Override
  public String name() {
    return "rt-queue";
  }

  @Override
  public Signal usualSignal() {
    return Signal.rtMin(3);
  }

  @Override
  public List<Integer> usualWorkers() {
    return List.of(1, 4);
  }

  /** The delivery that keeps order and values. */
  @Override
  public DeliveryMode usualDelivery() {
    return DeliveryMode.EXCLUSIVE;
  }

  @Override
  public Optional<String> refusal(Signal signal) {
    return signal.isRealTime()
        ? Optional.empty()
        : Optional.of("the kernel queues real-time signals only: RTMIN to RTMAX");
  }

  @Override
  public RunResult run(RunParameters parameters, Consumer<String> progress)
      throws InterruptedException {
    return new Run(parameters, progress).execute();
  }

  private final class Run extends ScenarioRun {
    private final Signal signal = parameters.signal();
    private final Load load = senders.make(parameters, errors);
    private final Disposition before = disposition(signal);
    private final long acceptedBefore = block.accepted(signal.number());
    private final AtomicLong received = new AtomicLong(); // written by the dispatcher alone
    private final long lastValue;
    private volatile @Nullable Registration registration;
    private volatile boolean lastReceived;
    private long sentLast;

    // Used by the dispatcher, and by this run's thread when delivery has ended.
    private final List<BitSet> values = new ArrayList<>(); // by sender
    private final long[] highest;
    private long withoutValue;

    Run(RunParameters parameters, Consumer<String> progress) {
      super(RtQueue.this, parameters, patience, progress);
      lastValue = (long) parameters.workers() << LoadProcesses.VALUE_BITS;
      highest = new long[parameters.workers() + 1];
      for (int sender = 0; sender <= parameters.workers(); sender++) {
        values.add(new BitSet());
        highest[sender] = -1;
      }
    }

    @Override
    List<Signal> signals() {
      return List.of(signal);
    }

    @Override
    void register(SignalNotifier notifier) {
      registration = notifier.subscribeInline(this::take, signal);
    }

    @Override
    Load load() {
      return load;
    }

    @Override
    boolean isSettled() {
      Counts counts = counts();
      return counts.areComplete()
          && counts.receivable() == received.get()
          && isThrough(signal)
          && counts.equals(counts());
    }

    @Override
    String state() {
      return counts() + "; received " + received.get();
    }

    @Override
    boolean sendLast() throws InterruptedException {
      parameters.queue(signal, lastValue);
      sentLast = 1;
      return Await.until(patience(), () -> lastReceived);
    }

    @Override
    RunResult finish(boolean lastSignalDelivered) throws InterruptedException {
      Registration registered = registration;
      if (registered != null) {
        completes("stop", registered::close);
      }
      Counts counts = counts();
      Disposition after = disposition(signal);
      end();
      long sent = load.sent() + sentLast;
      List<String> failures = new ArrayList<>();
      failures.addAll(
          new ConservationCheck("", counts, counts.delivered(), received.get()).failures());
      failures.addAll(valueFailures(sent, counts));
      failures.addAll(
          Observations.ofProcess(
              sent, counts.accepted(), lastSignalDelivered, inconsistencies(), before, after));
      failures.addAll(errors.all());
      return result(1, sent, counts, lastSignalDelivered, failures);
    }

    /** The inline handler, on the dispatcher. */
    private void take(SignalEvent event) {
      if (event.value().isPresent()) {
        long value = event.value().getAsLong();
        int sender = (int) (value >>> LoadProcesses.VALUE_BITS);
        long index = value & ((1L << LoadProcesses.VALUE_BITS) - 1);
        if (sender >= values.size() || index > Integer.MAX_VALUE) {
          errors.add("received the value " + value + ", which nobody sends");
        } else {
          mark(sender, (int) index);
        }
        lastReceived |= value == lastValue;
      } else {
        withoutValue += event.count();
      }
      received.setRelease(received.getPlain() + event.count());
    }

    private void mark(int sender, int index) {
      if (values.get(sender).get(index)) {
        errors.add("received value " + index + " of sender " + sender + " twice");
      }
      if (delivery() == DeliveryMode.EXCLUSIVE && index < highest[sender]) {
        errors.add(
            "received value " + index + " of sender " + sender + " after " + highest[sender]);
      }
      values.get(sender).set(index);
      highest[sender] = Math.max(highest[sender], index);
    }

    private List<String> valueFailures(long sent, Counts counts) {
      List<String> failures = new ArrayList<>();
      if (counts.accepted() < sent) {
        failures.add(sent + " were sent, but only " + counts.accepted() + " accepted");
      }
      long distinct = values.stream().mapToLong(BitSet::cardinality).sum();
      if (distinct + withoutValue != counts.accepted()) {
        failures.add(
            "accepted "
                + counts.accepted()
                + ", received "
                + distinct
                + " values and "
                + withoutValue
                + " without details");
      }
      if (delivery() == DeliveryMode.EXCLUSIVE && withoutValue > 0) {
        failures.add(withoutValue + " lost their values, although the receiver alone takes them");
      }
      return failures;
    }

    @Override
    Counts counts() {
      Registration registered = registration;
      return Counts.of(
          block.accepted(signal.number()) - acceptedBefore,
          registered == null ? new DeliveryStats(0, 0, 0) : registered.stats());
    }
  }
}
