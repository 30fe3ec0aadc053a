package org.sigqueue.bench;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** {@code jmh}: the microbenchmarks; all arguments are JMH's. */
@Command(
    name = "jmh",
    description = "The microbenchmarks; all arguments go to JMH (-h lists them).")
final class JmhCommand implements Callable<Integer> {
  @Unmatched private List<String> arguments = List.of();

  @Override
  public Integer call() throws IOException {
    org.openjdk.jmh.Main.main(arguments.toArray(String[]::new));
    return 0;
  }
}
