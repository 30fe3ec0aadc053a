package org.sigqueue.stress;

import com.google.common.base.Throwables;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What went wrong in the course of a run, in words; from any thread. */
final class Incidents {
  private static final int KEPT = 20; // the first ones tell what happened

  private final List<String> all = new CopyOnWriteArrayList<>();

  void add(String incident) {
    if (all.size() < KEPT) {
      all.add(incident);
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
    return "exception in " + where + ": " + Throwables.getStackTraceAsString(thrown).strip();
  }
}
