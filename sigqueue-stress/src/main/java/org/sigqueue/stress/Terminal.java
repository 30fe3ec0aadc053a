package org.sigqueue.stress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the program writes to. */
final class Terminal {
  private Terminal() {}

  /**
   * Whether stdout is a terminal. {@link System#console} does not tell: on 17 it asks about stdin
   * as well, and since 22 it is never null.
   */
  static boolean isStdout() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException e) {
      return false;
    }
  }
}
