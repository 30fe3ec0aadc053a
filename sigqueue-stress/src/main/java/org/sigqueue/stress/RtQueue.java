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
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Subscription;
import org.sigqueue.core.Delivery;
import org.sigqueue.core.Disposition;
import org.sigqueue.core.Occurrence;

/**
 * Values of a real-time signal, by {@code sigqueue} from other processes: the kernel merges none of
 * them, so all that were sent are accepted; each arrives once, and with exclusive delivery in the
 * order in which its sender has sent it.
 */
final class RtQueue implements Scenario {
  private static final int FIRST_REAL_TIME = 34;

  private final Senders.Factory senders;
  private final Duration patience;

  RtQueue(Senders.Factory senders, Duration patience) {
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

  @Override
  public Optional<String> refusal(Signal signal) {
    return signal.number() >= FIRST_REAL_TIME
        ? Optional.empty()
        : Optional.of("the kernel queues real-time signals only: RTMIN to RTMAX");
  }

  @Override
  public RunResult run(RunParameters parameters, Consumer<String> progress)
      throws InterruptedException {
    return new Run(parameters, progress).run();
  }

  private final class Run {
    private final Trial trial;
    private final Signal signal;
    private final Senders storm;
    private final Disposition before;
    private final long acceptedBefore;
    private final AtomicLong received = new AtomicLong(); // the dispatcher alone writes it
    private final long lastValue;
    private volatile @Nullable Subscription subscription;
    private volatile Delivery delivery = Delivery.HANDLER;
    private volatile boolean lastReceived;

    // The dispatcher's; others look when it has ended.
    private final List<BitSet> values = new ArrayList<>(); // by sender
    private final long[] highest;
    private long withoutValue;

    Run(RunParameters parameters, Consumer<String> progress) {
      trial = new Trial(RtQueue.this, parameters, patience, progress);
      signal = parameters.signal();
      storm = senders.make(parameters, trial.incidents);
      before = disposition();
      acceptedBefore = trial.block.accepted(signal.number());
      lastValue = (long) parameters.workers() << SenderProcesses.VALUE_BITS;
      highest = new long[parameters.workers() + 1];
      for (int sender = 0; sender <= parameters.workers(); sender++) {
        values.add(new BitSet());
        highest[sender] = -1;
      }
    }

    RunResult run() throws InterruptedException {
      long sent = 0;
      if (trial.begin(this::subscribe)) {
        try {
          trial.rage(storm, received::get);
          trial.settle("the storm", this::isSettled, () -> counts().toString());
          trial
              .parameters
              .source()
              .queue(ProcessHandle.current().pid(), signal.number(), lastValue);
          sent = 1;
          Await.until(Trial.LAST_SIGNAL_DEADLINE, () -> lastReceived);
          trial.settle("the last signal", this::isSettled, () -> counts().toString());
        } catch (RuntimeException e) {
          trial.incidents.add(Thread.currentThread().getName(), e);
        }
      }
      Subscription subscribed = subscription;
      if (subscribed != null) {
        trial.completes("stop", subscribed::close);
      }
      Counts counts = counts();
      Disposition after = disposition();
      trial.end();
      sent += storm.sent();
      return trial.result(delivery, 1, sent, counts, lastReceived, failures(sent, counts, after));
    }

    private void subscribe(SignalNotifier notifier) {
      subscription = notifier.subscribeInline(this::take, signal);
      delivery = trial.parameters.source().delivery(signal.number());
    }

    /** On the dispatcher. */
    private void take(Occurrence occurrence) {
      if (occurrence.hasDetails()) {
        int sender = (int) (occurrence.value >>> SenderProcesses.VALUE_BITS);
        long index = occurrence.value & ((1L << SenderProcesses.VALUE_BITS) - 1);
        if (sender >= values.size() || index > Integer.MAX_VALUE) {
          trial.incidents.add("received the value " + occurrence.value + ", which nobody sends");
        } else {
          note(sender, (int) index);
        }
        lastReceived |= occurrence.value == lastValue;
      } else {
        withoutValue += occurrence.count;
      }
      received.setRelease(received.getPlain() + occurrence.count);
    }

    private void note(int sender, int index) {
      if (values.get(sender).get(index)) {
        trial.incidents.add("received value " + index + " of sender " + sender + " twice");
      }
      if (delivery == Delivery.EXCLUSIVE && index < highest[sender]) {
        trial.incidents.add(
            "received value " + index + " of sender " + sender + " after " + highest[sender]);
      }
      values.get(sender).set(index);
      highest[sender] = Math.max(highest[sender], index);
    }

    private List<String> failures(long sent, Counts counts, Disposition after) {
      List<String> failures = new ArrayList<>();
      failures.addAll(new Ledger("", counts, counts.delivered(), received.get()).failures());
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
      if (delivery == Delivery.EXCLUSIVE && withoutValue > 0) {
        failures.add(withoutValue + " lost their values, although the receiver alone takes them");
      }
      failures.addAll(
          Evidence.ofProcess(
              sent, counts.accepted(), lastReceived, trial.inconsistencies(), before, after));
      failures.addAll(trial.incidents.all());
      return failures;
    }

    private boolean isSettled() {
      Counts counts = counts();
      return counts.areComplete()
          && counts.receivable() == received.get()
          && trial.block.inFlight(signal.number()) == 0
          && PendingSignals.none(signal, trial.block)
          && counts.equals(counts());
    }

    private Counts counts() {
      Subscription subscribed = subscription;
      return Counts.of(
          trial.block.accepted(signal.number()) - acceptedBefore,
          subscribed == null ? new DeliveryStats(0, 0, 0) : subscribed.stats());
    }

    private Disposition disposition() {
      return trial.parameters.source().disposition(signal.number());
    }
  }
}
