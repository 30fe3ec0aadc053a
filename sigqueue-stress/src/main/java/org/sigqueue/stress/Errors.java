package org.sigqueue.stress;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The errors of a run, in words. Any thread may add to them. */
final class Errors {
  private static final int KEPT = 20; // the first ones tell the cause

  private final List<String> all = new CopyOnWriteArrayList<>();

  void add(String error) {
    if (all.size() < KEPT) {
      all.add(error);
    }
  }

  void add(String where, Throwable thrown) {
    add(describe(where, thrown));
  }

  List<String> all() {
    return List.copyOf(all);
  }

  /** With the stack trace: a race may not show itself twice. */
  static String describe(String where, Throwable thrown) {
    StringWriter trace = new StringWriter();
    thrown.printStackTrace(new PrintWriter(trace, true));
    return "exception in " + where + ": " + trace.toString().strip();
  }
}
