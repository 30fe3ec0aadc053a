package org.sigqueue.bench;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program that is measured.
 *
 * @param name as on the command line and in the results
 * @param delivery how sigqueue has the kernel deliver signals to it; null where it is not sigqueue
 * @param label as in tables: with the delivery if that was asked for
 * @param command starts it; what it needs to know of the run is appended
 */
record Peer(String name, @Nullable String delivery, String label, List<String> command) {
  /** A program that is not sigqueue. */
  static Peer foreign(String name, List<String> command) {
    return new Peer(name, null, name, command);
  }
}
