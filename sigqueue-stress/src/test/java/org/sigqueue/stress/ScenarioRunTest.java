package org.sigqueue.stress;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.park.ParkingStrategies;

/** What a run waits for; that it does not wait for what stands still is in SingleSignalTest. */
@Timeout(60)
class ScenarioRunTest {
  private static final Duration PATIENCE = Duration.ofMillis(400);

  @Test
  void loadThatMovesIsAwaitedForLongerThanThePatience() throws InterruptedException {
    assertNull(new Slow().execute().failures());
  }

  /** Needs three times the patience, and moves all the time. */
  private static final class Slow extends ScenarioRun {
    private final long start = System.nanoTime();

    Slow() {
      super(
          SingleSignal.killSelf(PATIENCE),
          new RunParameters(
              new WrappedSource(),
              ParkingStrategies.ADAPTIVE,
              null,
              Signal.USR1,
              1,
              Duration.ZERO,
              1),
          PATIENCE,
          text -> {});
    }

    private Duration elapsed() {
      return Duration.ofNanos(System.nanoTime() - start);
    }

    @Override
    boolean isSettled() {
      return elapsed().compareTo(PATIENCE.multipliedBy(3)) > 0;
    }

    @Override
    String state() {
      return elapsed().toString();
    }

    @Override
    List<Signal> signals() {
      return List.of(Signal.USR1);
    }

    @Override
    void register(SignalNotifier notifier) {}

    @Override
    Load load() {
      return LoadThreads.sending(0, 0, () -> {}, errors);
    }

    @Override
    Counts counts() {
      return Counts.NONE;
    }

    @Override
    boolean sendLast() {
      return true;
    }

    @Override
    RunResult finish(boolean lastSignalDelivered) throws InterruptedException {
      end();
      return result(0, 0, counts(), lastSignalDelivered, errors.all());
    }
  }
}
