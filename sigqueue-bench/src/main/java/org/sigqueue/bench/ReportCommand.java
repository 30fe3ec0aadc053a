package org.sigqueue.bench;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code report}: see {@link Report}. */
@Command(
    name = "report",
    description = "Measures everything and writes docs/performance.md, with its plots.")
final class ReportCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      converter = Converters.Rounds.class,
      description = "How many times each is measured, in turn. Default: ${DEFAULT-VALUE}")
  private int rounds;

  @Option(
      names = "--quick",
      description = "One short round, to see that all of it runs; the figures mean little.")
  private boolean quick;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Write this file. Default: docs/performance.md of the project")
  private @Nullable Path out;

  @Override
  public Integer call() {
    if (spec == null) {
      throw new IllegalStateException("not run by picocli");
    }
    PrintWriter progress = spec.commandLine().getErr();
    Path file = out == null ? Home.project().resolve("docs").resolve("performance.md") : out;
    Plan plan = quick ? Plan.quick() : Plan.full(rounds);
    List<String> missing = new Report(file, plan, progress).run();
    spec.commandLine().getOut().println("written: " + file);
    missing.forEach(failure -> progress.println("failed: " + failure));
    return missing.isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
  }
}
