package org.sigqueue.stress;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.Delivery;
import org.sigqueue.core.Disposition;
import org.sigqueue.stress.Converters.Durations;

/**
 * One signal, one channel, and a storm. The channel queues, so that each occurrence takes the whole
 * way to the receiver by itself, and every signal that was accepted is accounted for.
 */
final class SingleSignal implements Scenario {
  private static final int CHANNEL_CAPACITY = 1024;

  private final String name;
  private final Senders.Factory senders;
  private final Duration patience;
  private final List<Integer> usualWorkers;

  private SingleSignal(
      String name, Senders.Factory senders, Duration patience, List<Integer> usualWorkers) {
    this.name = name;
    this.senders = senders;
    this.patience = patience;
    this.usualWorkers = usualWorkers;
  }

  /**
   * The mirror of {@code TestStress} of Go's {@code os/signal}: threads that do nothing but {@code
   * kill(getpid())} and yield. The original asks only that it ends.
   *
   * @param patience how long to wait for what takes no time if all is well
   */
  static SingleSignal killSelf(Duration patience) {
    return new SingleSignal("kill-self", Storm::killingSelf, patience, USUAL_WORKERS);
  }

  /** The same from other processes, as many as there are workers. */
  static SingleSignal external(Senders.Factory senders, Duration patience) {
    return new SingleSignal("external", senders, patience, List.of(1, 4));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public List<Integer> usualWorkers() {
    return usualWorkers;
  }

  @Override
  public RunResult run(RunParameters parameters, Consumer<String> progress)
      throws InterruptedException {
    return new Run(parameters, progress).run();
  }

  private final class Run {
    private final Trial trial;
    private final RunParameters parameters;
    private final int number;
    private final SignalChannel channel = SignalChannel.queueing(CHANNEL_CAPACITY);
    private final Receiver receiver;
    private final Senders storm;
    private final long acceptedBefore;
    private final Disposition before;
    private Delivery delivery = Delivery.HANDLER;
    private long sentAfterStorm;

    Run(RunParameters parameters, Consumer<String> progress) {
      this.trial = new Trial(SingleSignal.this, parameters, patience, progress);
      this.parameters = parameters;
      this.number = parameters.signal().number();
      this.receiver = new Receiver(channel, parameters.signal(), trial.incidents);
      this.storm = senders.make(parameters, trial.incidents);
      this.acceptedBefore = trial.block.accepted(number);
      this.before = disposition();
    }

    RunResult run() throws InterruptedException {
      boolean lastSignalDelivered = false;
      if (trial.begin(this::subscribe)) {
        receiver.start();
        try {
          trial.rage(storm, () -> counts().delivered());
          settle("the storm");
          lastSignalDelivered = sendLast();
          settle("the last signal"); // were it pending still, it would take the previous action
        } catch (RuntimeException e) {
          trial.incidents.add(Thread.currentThread().getName(), e);
        }
      }
      trial.completes("stop", () -> trial.notifier().stop(channel));
      Counts counts = counts();
      Disposition after = disposition();
      if (after.handler() == Disposition.IGNORE) {
        kill(); // nobody may get it; any other disposition forbids such a probe
      }
      trial.completes("close the channel", channel::close);
      trial.end();
      receiver.join(patience.toMillis());
      if (receiver.isAlive() || channel.poll() != null) {
        trial.incidents.add("the receiver did not take all within " + Durations.text(patience));
      }
      Evidence evidence =
          new Evidence(
              storm.sent() + sentAfterStorm,
              counts,
              counts(),
              receiver.events(),
              receiver.occurrences(),
              lastSignalDelivered,
              trial.inconsistencies(),
              before,
              after,
              trial.incidents.all());
      return trial.result(
          delivery, 1, evidence.sent(), counts, lastSignalDelivered, evidence.failures());
    }

    private void subscribe(SignalNotifier notifier) {
      notifier.notify(channel, parameters.signal());
      delivery = parameters.source().delivery(number);
    }

    /** Waits until all that was sent has come as far as the receiver. */
    private void settle(String what) throws InterruptedException {
      trial.settle(
          what,
          this::isSettled,
          () ->
              counts()
                  + "; received "
                  + receiver.occurrences()
                  + "; in flight "
                  + trial.block.inFlight(number)
                  + (PendingSignals.none(parameters.signal(), trial.block)
                      ? ""
                      : "; some are still pending"));
    }

    private boolean isSettled() {
      Counts counts = counts();
      return counts.areComplete()
          && counts.receivable() == receiver.occurrences()
          && trial.block.inFlight(number) == 0
          && PendingSignals.none(parameters.signal(), trial.block)
          && counts.equals(counts());
    }

    private boolean sendLast() throws InterruptedException {
      long earlier = receiver.occurrences();
      kill();
      sentAfterStorm++;
      return Await.until(Trial.LAST_SIGNAL_DEADLINE, () -> receiver.occurrences() > earlier);
    }

    private void kill() {
      parameters.source().kill(ProcessHandle.current().pid(), number);
    }

    private Counts counts() {
      return Counts.of(
          trial.block.accepted(number) - acceptedBefore, channel.stats(parameters.signal()));
    }

    private Disposition disposition() {
      return parameters.source().disposition(number);
    }
  }
}
