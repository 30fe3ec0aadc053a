package org.sigqueue.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A measurement on the command line: a table on stdout, progress on stderr, JSON in a file. */
abstract class BenchCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the results to this file, too.")
  private @Nullable Path json;

  /**
   * Measures.
   *
   * @param progress for lines that say how far it is
   */
  abstract Result measure(PrintWriter progress);

  @Override
  public Integer call() {
    Path file = json;
    if (file != null) {
      checkWritable(file);
    }
    Result result = measure(err());
    PrintWriter out = spec().commandLine().getOut();
    out.print(result.table().text());
    out.flush();
    if (file != null) {
      Json.write(file, result);
    }
    result.failures().forEach(failure -> err().println("failed: " + failure));
    err().flush();
    return result.failures().isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  /** A refusal of an option's value, which ends the program with exit status 2. */
  ParameterException refuse(String option, String why) {
    return new ParameterException(
        spec().commandLine(), "Invalid value for option '" + option + "': " + why);
  }

  private CommandSpec spec() {
    if (spec == null) {
      throw new IllegalStateException("not run by picocli");
    }
    return spec;
  }

  private PrintWriter err() {
    return spec().commandLine().getErr();
  }

  /** Before the measurement, so that its results are not lost for a mistyped path. */
  private void checkWritable(Path file) {
    try {
      // What the file holds stays until there is something new to write.
      Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
    } catch (IOException e) {
      throw refuse("--json", "cannot write to " + file + ": " + e.getMessage());
    }
  }
}
