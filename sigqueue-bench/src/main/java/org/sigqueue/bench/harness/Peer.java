package org.sigqueue.bench.harness;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program to measure.
 *
 * @param name as on the command line and in JSON
 * @param delivery how the kernel delivers signals to sigqueue in it; null if it is not sigqueue
 * @param label as in tables and ratios: the name, and the delivery if that was asked for
 * @param command starts it; the measurement appends its own arguments
 */
public record Peer(String name, @Nullable String delivery, String label, List<String> command) {
  private static final String OLD = "old-";

  /** A program that does not receive signals through sigqueue. */
  public static Peer foreign(String name, List<String> command) {
    return new Peer(name, null, name, command);
  }

  /** The same peer from the jar of another build. */
  Peer in(Path jar) {
    return new Peer(
        OLD + name, delivery, oldLabel(), Programs.withClassPath(command, jar.toString()));
  }

  /** The label of the same peer from another build. */
  String oldLabel() {
    return OLD + label;
  }
}
