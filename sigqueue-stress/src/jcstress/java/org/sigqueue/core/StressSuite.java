package org.sigqueue.core;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.openjdk.jcstress.JCStress;
import org.openjdk.jcstress.Options;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.infra.StateCase;
import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.TestInfo;
import org.openjdk.jcstress.infra.collectors.DiskReadCollector;
import org.openjdk.jcstress.infra.collectors.InProcessCollector;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.openjdk.jcstress.infra.runners.TestList;

/**
 * Runs all jcstress tests and judges them: each has run, the good ones have shown nothing that is
 * forbidden, and each that is named Broken has shown it.
 *
 * <p>jcstress alone also passes when a test did not run, as one of more actors than CPUs does not.
 */
public final class StressSuite {
  private static final String JVM = "--enable-native-access=ALL-UNNAMED";

  /** The VM as it is. */
  private static final List<String> QUICK =
      List.of("-f", "1", "-fsm", "1", "-sc", "false", "-iters", "1", "-jvmArgs", JVM);

  /**
   * Each actor interpreted and compiled by either compiler, with the VM flags that jcstress has:
   * once, or it would take hours.
   */
  private static final List<String> LONG =
      List.of("-m", "quick", "-f", "1", "-iters", "2", "-jvmArgsPrepend", JVM);

  /** What is broken shows it by chance, and rarely on a busy machine: it gets so many runs. */
  private static final int ROUNDS = 30;

  private StressSuite() {}

  /**
   * Runs in the current directory, where the results are left. The argument {@code --long} stands
   * for the long form. The exit status is 0 if all is as it should be.
   */
  public static void main(String[] args) throws Exception {
    List<String> options = args.length > 0 ? LONG : QUICK;
    String millis = args.length > 0 ? "200" : "500";
    PrintStream console = System.out;
    System.setOut(new PrintStream("jcstress.log"));
    InProcessCollector results = new InProcessCollector();
    String tests = ".*";
    for (int round = 0; round < ROUNDS && !tests.isEmpty(); round++) {
      run(options, tests, round == 0 ? millis : "5000", results);
      tests =
          verdicts(results).stream()
              .filter(verdict ->
                  verdict.isBroken() && verdict.failure().isEmpty() && verdict.forbidden() == 0)
              .map(verdict -> Pattern.quote(verdict.test()))
              .collect(joining("|"));
    }
    List<Verdict> verdicts = verdicts(results);
    verdicts.forEach(console::println);
    long failed = verdicts.stream().filter(Verdict::isFailed).count();
    console.printf("%d passed, %d failed%n", verdicts.size() - failed, failed);
    System.exit(failed == 0 && !verdicts.isEmpty() ? 0 : 1);
  }

  private static void run(
      List<String> options, String tests, String millis, InProcessCollector results)
      throws Exception {
    List<String> all = new ArrayList<>(options);
    all.addAll(List.of("-r", "report", "-t", tests, "-time", millis));
    Options parsed = new Options(all.toArray(String[]::new));
    if (!parsed.parse()) {
      throw new IllegalStateException("jcstress does not take " + all);
    }
    try {
      new JCStress(parsed).run();
    } catch (AssertionError e) {
      // Something forbidden was seen; of the broken ones that is what we ask for.
    }
    DiskReadCollector reader = new DiskReadCollector(parsed.getResultFile(), results);
    reader.dump();
    reader.close();
  }

  private record Verdict(String test, long samples, long forbidden, String failure) {
    boolean isBroken() {
      return test.substring(test.lastIndexOf('.') + 1).startsWith("Broken");
    }

    boolean isFailed() {
      return !failure.isEmpty() || samples == 0 || isBroken() != forbidden > 0;
    }

    @Override
    public String toString() {
      String result =
          !failure.isEmpty()
              ? failure
              : samples == 0
                  ? "did not run"
                  : forbidden == 0 ? "nothing forbidden" : "forbidden " + forbidden + " times";
      return "%-6s %-60s %,14d samples: %s"
          .formatted(isFailed() ? "FAILED" : "ok", test, samples, result);
    }
  }

  private static List<Verdict> verdicts(InProcessCollector results) {
    Map<String, List<TestResult>> byTest =
        results.getTestResults().stream().collect(groupingBy(TestResult::getName));
    List<Verdict> verdicts = new ArrayList<>();
    for (String test : new TreeSet<>(TestList.tests())) {
      verdicts.add(verdict(TestList.getInfo(test), byTest.getOrDefault(test, List.of())));
    }
    return verdicts;
  }

  private static Verdict verdict(TestInfo test, List<TestResult> runs) {
    long samples = 0;
    long forbidden = 0;
    String failure = "";
    for (TestResult run : runs) {
      if (run.status() != Status.NORMAL) {
        failure = run.status() + " with " + run.getConfig().jvmArgs;
      }
      for (String state : run.getStateKeys()) {
        samples += run.getCount(state);
        forbidden += isForbidden(test, state) ? run.getCount(state) : 0;
      }
    }
    return new Verdict(test.name(), samples, forbidden, failure);
  }

  private static boolean isForbidden(TestInfo test, String state) {
    List<StateCase> cases = new ArrayList<>(test.cases());
    return cases.stream()
            .filter(known -> known.matchesExactly(state))
            .findFirst()
            .or(() -> cases.stream().filter(known -> known.matches(state)).findFirst())
            .orElse(test.unmatched())
            .expect()
        == Expect.FORBIDDEN;
  }
}
