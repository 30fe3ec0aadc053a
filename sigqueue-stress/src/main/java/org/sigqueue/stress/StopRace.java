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
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.source.Disposition;

/**
 * Notify, Stop, Reset, Ignore and Close against senders: each signal is accepted or takes the
 * previous action, never both and never neither.
 */
final class StopRace implements Scenario {
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
    return signal.isRealTime()
        ? Optional.of("the JDK, whose handler counts the previous action, has no such signal")
        : Optional.empty();
  }

  @Override
  public RunResult run(RunParameters parameters, Consumer<String> progress)
      throws InterruptedException {
    List<PreviousAction> installed = new ArrayList<>();
    try {
      return new Run(parameters, progress, installed).execute();
    } finally {
      installed.forEach(PreviousAction::close);
    }
  }

  private final class Run extends ScenarioRun {
    private final List<SignalUnderRace> races = new ArrayList<>();
    private final Load load;
    private final List<Disposition> before;
    private final AtomicInteger next = new AtomicInteger();

    Run(RunParameters parameters, Consumer<String> progress, List<PreviousAction> installed) {
      super(StopRace.this, parameters, patience, progress);
      // The requested signal, another one with a handler, and one that may be ignored.
      Set<Signal> signals =
          new LinkedHashSet<>(List.of(parameters.signal(), Signal.ALRM, Signal.WINCH));
      List<Load> loads = new ArrayList<>();
      for (Signal signal : signals) {
        PreviousAction previous = previousActions.install(signal);
        installed.add(previous);
        SignalUnderRace race = new SignalUnderRace(this, signal, previous);
        races.add(race);
        loads.add(LoadThreads.background("stress-notifier-" + signal, race::notifyAndStop, errors));
      }
      loads.add(
          LoadThreads.sending(parameters.workers(), parameters.seed(), this::sendNext, errors));
      load = Load.group(loads);
      before = dispositions();
    }

    @Override
    List<Signal> signals() {
      return races.stream().map(race -> race.signal).toList();
    }

    /** Nothing for the whole run: the load registers and unregisters. */
    @Override
    void register(SignalNotifier notifier) {}

    @Override
    DeliveryMode actualDelivery() {
      return delivery(); // nothing is registered yet
    }

    @Override
    Load load() {
      return load;
    }

    /** Each sender has waited for the fate of its signal. */
    @Override
    boolean isSettled() {
      return true;
    }

    @Override
    String state() {
      return counts().toString();
    }

    @Override
    boolean sendLast() {
      boolean all = true;
      for (SignalUnderRace race : races) {
        all &= race.lastSignalArrives();
      }
      return all;
    }

    @Override
    RunResult finish(boolean lastSignalDelivered) throws InterruptedException {
      List<String> failures = new ArrayList<>();
      races.forEach(race -> failures.addAll(race.failures()));
      end();
      long sent = races.stream().mapToLong(SignalUnderRace::sent).sum();
      Counts counts = counts();
      List<Disposition> after = dispositions();
      for (int i = 0; i < races.size(); i++) {
        failures.addAll(
            Observations.ofProcess(
                sent,
                counts.accepted(),
                lastSignalDelivered,
                inconsistencies(),
                before.get(i),
                after.get(i)));
      }
      failures.addAll(errors.all());
      return result(1, sent, counts, lastSignalDelivered, failures.stream().distinct().toList());
    }

    private void sendNext() {
      races.get(Math.floorMod(next.getAndIncrement(), races.size())).sendOne();
    }

    @Override
    Counts counts() {
      return races.stream().map(SignalUnderRace::counts).reduce(Counts.NONE, Counts::plus);
    }

    private List<Disposition> dispositions() {
      return signals().stream().map(this::disposition).toList();
    }
  }
}
