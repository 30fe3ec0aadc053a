package org.sigqueue.stress;

import com.google.gson.Gson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Registration and its end, in every way that there is, many thousand times in a process with a
 * heap of 32 MB: heap, threads, descriptors and queued signals stay flat, class loaders are
 * collected, and no thread is left whenever nothing is registered.
 */
final class Churn implements Scenario {
  private static final int HEAP_MEBIBYTES = 32;

  /** For all kinds of cycles together, with much to spare. */
  private static final Duration MOST_FOR_CYCLE = Duration.ofMillis(20);

  /**
   * A user namespace for the process alone, so that no other process adds queued signals. It shows
   * the files of this user alone as they are: to all but root, root's belong to nobody there.
   */
  private static final List<String> OWN_USER = List.of("unshare", "--user", "--map-root-user");

  private final Class<?> program;
  private final long cycles;
  private final Duration patience;

  /**
   * Creates the scenario.
   *
   * @param program what the process runs: {@link ChurnMain}
   * @param cycles how often to run each cycle; 0 to run for the duration
   * @param patience how much longer than the duration the process may take
   */
  Churn(Class<?> program, long cycles, Duration patience) {
    this.program = program;
    this.cycles = cycles;
    this.patience = patience;
  }

  @Override
  public String name() {
    return "churn";
  }

  @Override
  public List<Integer> usualWorkers() {
    return List.of(1);
  }

  @Override
  public RunResult run(RunParameters parameters, Consumer<String> progress)
      throws InterruptedException {
    long start = System.nanoTime();
    List<String> failures = new ArrayList<>();
    ChurnRun.Result result = null;
    try {
      result = runProcess(parameters, progress, failures);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start a process", e);
    }
    if (result != null) {
      failures.addAll(result.failures());
    }
    long sent = result == null ? 0 : result.sent();
    long received = result == null ? 0 : result.received();
    return RunResult.of(
        this,
        parameters,
        DeliveryMode.HANDLER,
        1,
        Math.round((System.nanoTime() - start) / 1e6) / 1e3,
        sent,
        new Counts(sent, received, 0, 0),
        result != null && sent == received,
        failures,
        result == null ? null : result.footprint());
  }

  private ChurnRun.@Nullable Result runProcess(
      RunParameters parameters, Consumer<String> progress, List<String> failures)
      throws IOException, InterruptedException {
    boolean hasOwnUser = isOwnUserPossible();
    Process process =
        ChildProgram.start(
            hasOwnUser ? OWN_USER : List.of(),
            List.of("-Xmx" + HEAP_MEBIBYTES + "m", "-XX:+ExitOnOutOfMemoryError"),
            program,
            List.of(
                parameters.parking().name(),
                String.valueOf(parameters.signal().number()),
                String.valueOf(parameters.duration().toMillis()),
                String.valueOf(cycles),
                String.valueOf(hasOwnUser),
                parameters.source().getClass().getName()));
    Thread killer = killAfter(process, limit(parameters.duration()));
    String last = "";
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line; (line = out.readLine()) != null; last = line) {
        progress.accept(line);
      }
    }
    int status = process.waitFor();
    killer.interrupt();
    if (status != 0) {
      failures.add(
          "the process with a heap of "
              + HEAP_MEBIBYTES
              + " MB ended with status "
              + status
              + " after: "
              + last);
      return null;
    }
    return new Gson().fromJson(last, ChurnRun.Result.class);
  }

  private Duration limit(Duration duration) {
    return (cycles == 0 ? duration : MOST_FOR_CYCLE.multipliedBy(cycles)).plus(patience);
  }

  private static Thread killAfter(Process process, Duration limit) {
    Thread killer =
        new Thread(
            () -> {
              try {
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                  process.destroyForcibly();
                }
              } catch (InterruptedException e) {
                return; // it has ended
              }
            },
            "stress-killer");
    killer.setDaemon(true);
    killer.start();
    return killer;
  }

  private static boolean isOwnUserPossible() throws InterruptedException {
    // Else no folder is safe for the native library there, and another source would be tested.
    List<String> probe = new ArrayList<>(OWN_USER);
    probe.addAll(List.of("sh", "-c", "test \"$(stat -c %u /)\" = 0"));
    try {
      return new ProcessBuilder(probe).redirectErrorStream(true).start().waitFor() == 0;
    } catch (IOException e) {
      return false; // there is no unshare
    }
  }
}
