package org.sigqueue.stress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.sigqueue.Signal;
import org.sigqueue.core.Delivery;
import org.sigqueue.core.Disposition;
import org.sigqueue.core.SignalSource;

/**
 * Notify, Stop, Reset, Ignore and Close against senders: each signal is accepted or takes the
 * previous action, never both and never neither.
 */
final class StopRace implements Scenario {
  private static final int FIRST_REAL_TIME = 34;

  private final PreviousAction.Installer previousActions;
  private final Duration patience;

  StopRace(PreviousAction.Installer previousActions, Duration patience) {
    this.previousActions = previousActions;
    this.patience = patience;
  }

  @Override
  public String name() {
    return "stop-race";
  }

  @Override
  public List<Integer> usualWorkers() {
    return List.of(1, 4);
  }

  @Override
  public Optional<String> refusal(Signal signal) {
    return signal.number() < FIRST_REAL_TIME
        ? Optional.empty()
        : Optional.of("the JDK, whose handler counts the previous action, has no such signal");
  }

  @Override
  public RunResult run(RunParameters parameters, Consumer<String> progress)
      throws InterruptedException {
    List<PreviousAction> installed = new ArrayList<>();
    try {
      return new Run(parameters, progress, installed).run();
    } finally {
      installed.forEach(PreviousAction::close);
    }
  }

  private final class Run {
    private final Trial trial;
    private final List<RaceLane> lanes = new ArrayList<>();
    private final Storm storm;
    private final List<Disposition> before;
    private final List<Thread> churners = new ArrayList<>();
    private final AtomicInteger next = new AtomicInteger();
    private volatile boolean over;

    Run(RunParameters parameters, Consumer<String> progress, List<PreviousAction> installed) {
      trial = new Trial(StopRace.this, parameters, patience, progress);
      // The one that was asked for, another with a handler, and one that may be ignored.
      Set<Signal> signals =
          new LinkedHashSet<>(List.of(parameters.signal(), Signal.ALRM, Signal.WINCH));
      for (Signal signal : signals) {
        PreviousAction previous = previousActions.install(signal);
        installed.add(previous);
        lanes.add(new RaceLane(trial, signal, previous, patience, parameters.seed()));
      }
      storm = new Storm(parameters.workers(), parameters.seed(), this::shoot, trial.incidents);
      before = dispositions();
      for (RaceLane lane : lanes) {
        Thread churner = new Thread(() -> churn(lane), "stress-churner-" + lane.signal);
        churner.setDaemon(true);
        churners.add(churner);
      }
    }

    RunResult run() throws InterruptedException {
      boolean lastSignalDelivered = false;
      if (trial.begin(notifier -> {})) {
        try {
          churners.forEach(Thread::start);
          trial.rage(storm, () -> counts().delivered());
          endChurn();
          lastSignalDelivered = true;
          for (RaceLane lane : lanes) {
            lastSignalDelivered &= lane.lastSignalArrives();
          }
        } catch (RuntimeException e) {
          trial.incidents.add(Thread.currentThread().getName(), e);
        } finally {
          endChurn();
        }
      }
      List<String> failures = new ArrayList<>();
      lanes.forEach(lane -> failures.addAll(lane.failures()));
      trial.end();
      long sent = lanes.stream().mapToLong(RaceLane::sent).sum();
      Counts counts = counts();
      List<Disposition> after = dispositions();
      for (int i = 0; i < lanes.size(); i++) {
        failures.addAll(
            Evidence.ofProcess(
                sent,
                counts.accepted(),
                lastSignalDelivered,
                trial.inconsistencies(),
                before.get(i),
                after.get(i)));
      }
      failures.addAll(trial.incidents.all());
      Delivery delivery = trial.parameters.delivery();
      return trial.result(
          delivery == null ? Delivery.HANDLER : delivery,
          1,
          sent,
          counts,
          lastSignalDelivered,
          failures.stream().distinct().toList());
    }

    private void endChurn() throws InterruptedException {
      over = true;
      for (Thread churner : churners) {
        trial.join(churner);
      }
    }

    private void churn(RaceLane lane) {
      try {
        while (!over) {
          lane.churn();
        }
      } catch (RuntimeException | Error e) {
        trial.incidents.add(Thread.currentThread().getName(), e);
      }
    }

    private void shoot() {
      lanes.get(Math.floorMod(next.getAndIncrement(), lanes.size())).shoot();
    }

    private Counts counts() {
      return lanes.stream().map(RaceLane::counts).reduce(new Counts(0, 0, 0, 0), Counts::plus);
    }

    private List<Disposition> dispositions() {
      SignalSource source = trial.parameters.source();
      return lanes.stream().map(lane -> source.disposition(lane.signal.number())).toList();
    }
  }
}
