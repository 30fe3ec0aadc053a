package org.sigqueue.conformance;

import java.util.List;

/** The threads of this process by the names that Java gives them. */
public final class JavaThreads {
  private JavaThreads() {}

  /** The live threads whose name starts so. */
  public static List<Thread> named(String prefix) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(prefix))
        .toList();
  }
}
