package org.sigqueue.stress;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.cli.console.Arguments.Durations;
import org.sigqueue.core.source.Disposition;

/**
 * One signal for one channel. The channel queues, so each occurrence takes the whole way to the
 * receiver by itself, and every accepted signal is accounted for.
 */
final class SingleSignal implements Scenario {
  private static final int CHANNEL_CAPACITY = 1024;

  private final String name;
  private final Load.Factory load;
  private final Duration patience;
  private final List<Integer> usualWorkers;

  private SingleSignal(
      String name, Load.Factory load, Duration patience, List<Integer> usualWorkers) {
    this.name = name;
    this.load = load;
    this.patience = patience;
    this.usualWorkers = usualWorkers;
  }

  /**
   * The counterpart of {@code TestStress} of Go's {@code os/signal}: threads that do nothing but
   * {@code kill(getpid())} and yield. The original only checks that it ends.
   *
   * @param patience how long to wait for what takes no time if all is well
   */
  static SingleSignal killSelf(Duration patience) {
    return new SingleSignal("kill-self", LoadThreads::killingSelf, patience, USUAL_WORKERS);
  }

  /** The same with other processes as senders, one for each worker. */
  static SingleSignal external(Load.Factory processes, Duration patience) {
    return new SingleSignal("external", processes, patience, List.of(1, 4));
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
    return new Run(parameters, progress).execute();
  }

  private final class Run extends ScenarioRun {
    private final Signal signal = parameters.signal();
    private final SignalChannel channel = SignalChannel.queueing(CHANNEL_CAPACITY);
    private final ChannelReader reader = new ChannelReader(channel, signal, errors);
    private final Load senders = load.make(parameters, errors);
    private final long acceptedBefore = block.accepted(signal.number());
    private final Disposition before = disposition(signal);
    private long sentLast;

    Run(RunParameters parameters, Consumer<String> progress) {
      super(SingleSignal.this, parameters, patience, progress);
    }

    @Override
    List<Signal> signals() {
      return List.of(signal);
    }

    @Override
    void register(SignalNotifier notifier) {
      notifier.register(channel, signal);
      reader.start();
    }

    @Override
    Load load() {
      return senders;
    }

    @Override
    boolean isSettled() {
      Counts counts = counts();
      return counts.areComplete()
          && counts.receivable() == reader.occurrences()
          && isThrough(signal)
          && counts.equals(counts());
    }

    @Override
    String state() {
      return counts()
          + "; received "
          + reader.occurrences()
          + (isThrough(signal) ? "" : "; some are still on their way");
    }

    @Override
    boolean sendLast() throws InterruptedException {
      long earlier = reader.occurrences();
      parameters.kill(signal);
      sentLast = 1;
      return Await.until(patience(), () -> reader.occurrences() > earlier);
    }

    @Override
    RunResult finish(boolean lastSignalDelivered) throws InterruptedException {
      completes("stop", () -> notifier().stop(channel));
      Counts counts = counts();
      Disposition after = disposition(signal);
      if (after.handler() == Disposition.IGNORE) {
        parameters.kill(signal); // must not arrive; other dispositions forbid such a probe
      }
      completes("close the channel", channel::close);
      end();
      reader.join(patience.toMillis());
      if (reader.isAlive() || channel.poll() != null) {
        errors.add("the receiver did not take all within " + Durations.text(patience));
      }
      Observations observations =
          new Observations(
              senders.sent() + sentLast,
              counts,
              counts(),
              reader.events(),
              reader.occurrences(),
              lastSignalDelivered,
              inconsistencies(),
              before,
              after,
              errors.all());
      return result(1, observations.sent(), counts, lastSignalDelivered, observations.failures());
    }

    @Override
    Counts counts() {
      return Counts.of(block.accepted(signal.number()) - acceptedBefore, channel.stats(signal));
    }
  }
}
