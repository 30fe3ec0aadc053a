package org.sigqueue.stress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.sigqueue.Signal;
import org.sigqueue.cli.console.NearestName;

/** The scenarios by name, in the order of {@link #ALL}, which does not include {@link Soak}. */
final class Scenarios {
  /** Stands for every scenario but soak. */
  static final String ALL = "all";

  /** How long to wait for what takes no time if all is well: others may have the CPU. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** How much longer than its cycles the process of churn may take: its end waits for threads. */
  private static final Duration CHURN_PATIENCE = Duration.ofMinutes(3);

  private static final int FAN_OUT_CHANNELS = 1000;

  private final Map<String, Scenario> byName = new LinkedHashMap<>();

  /**
   * Makes the scenarios.
   *
   * @param leftOut signals that end this program, and that no scenario receives
   * @param cycles how often {@link Churn} runs each cycle; 0 to run for a duration
   */
  Scenarios(Set<Signal> leftOut, long cycles) {
    List<Scenario> parts =
        List.of(
            SingleSignal.killSelf(PATIENCE),
            new StopRace(PreviousAction::resident, PATIENCE),
            new FanOut(FAN_OUT_CHANNELS, PATIENCE),
            new RtQueue(LoadProcesses::queueing, PATIENCE),
            SingleSignal.external(LoadProcesses::killing, PATIENCE),
            new Mixed(Mixed::pacedProcess, leftOut, PATIENCE),
            new Churn(ChurnMain.class, cycles, CHURN_PATIENCE));
    parts.forEach(scenario -> byName.put(scenario.name(), scenario));
    byName.put(Soak.NAME, new Soak(parts, ProcessFootprint::ofThisProcess));
  }

  /** The names for the command line. */
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      List<String> names = new ArrayList<>(new Scenarios(Set.of(), 0).byName.keySet());
      names.add(ALL);
      return names.iterator();
    }
  }

  /**
   * The scenarios of these names, each once.
   *
   * @throws IllegalArgumentException if there is no scenario of a name
   */
  List<Scenario> named(List<String> names) {
    List<Scenario> chosen = new ArrayList<>();
    for (String name : names) {
      Scenario scenario = byName.get(name);
      if (name.equals(ALL)) {
        byName.values().stream()
            .filter(each -> !each.name().equals(Soak.NAME))
            .forEach(chosen::add);
      } else if (scenario != null) {
        chosen.add(scenario);
      } else {
        throw new IllegalArgumentException(
            "there is no scenario '"
                + name
                + "'"
                + NearestName.hint(name, byName.keySet())
                + "; allowed are "
                + String.join(", ", new Names()));
      }
    }
    return chosen.stream().distinct().toList();
  }
}
