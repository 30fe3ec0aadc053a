package org.sigqueue.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sigqueue.SignalStatus.Kind;
import org.sigqueue.cli.console.SignalNames;

/**
 * A condition in a {@link Diagnosis} that a user may want to change.
 *
 * @param what the problem, for people; may have several lines
 * @param advice for the user; null if {@code what} contains it
 */
record Finding(String what, @Nullable String advice) {
  private static final double NEARLY_FULL = 0.8;

  /** All findings, the worst first. */
  static List<Finding> in(Diagnosis found) {
    List<Finding> findings = new ArrayList<>();
    if (found.noSource() != null) {
      findings.add(new Finding(found.noSource(), null));
      return findings; // it has the reasons of each source
    }
    for (Diagnosis.Source source : found.sources()) {
      if (source.failure() != null) {
        findings.add(
            new Finding(
                "The source '" + source.name() + "' does not work: " + source.failure(), null));
      } else if (source.nativeAccess() != null && source.nativeAccess().startsWith("not")) {
        findings.add(
            new Finding(
                "The JVM warns that the source '" + source.name() + "' uses native code.",
                "Start it with --enable-native-access=org.sigqueue.jni, on the class path with"
                    + " --enable-native-access=ALL-UNNAMED."));
      }
    }
    ofSignals(found, findings);
    if (found.trouble() != null) {
      findings.add(
          new Finding(
              "Exclusive delivery has had trouble: " + found.trouble(),
              "The signals it names come by the handler meanwhile: nothing is lost, but the order of"
                  + " real-time signals may be."));
    }
    Platform platform = found.platform();
    if (platform.reducedSignalUsage()) {
      findings.add(
          new Finding(
              "The JVM was started with -Xrs: it does not handle HUP, INT and TERM itself, so they"
                  + " end it without shutdown hooks unless they are received.",
              "Leave -Xrs out unless something else in the process needs it."));
    }
    if (isNearlyFull(platform.pendingSignals())) {
      findings.add(
          new Finding(
              "The queue of the kernel for this user's signals is nearly full: "
                  + platform.pendingSignals()
                  + ".",
              "Find the process with many pending signals (SigPnd in /proc/PID/status), or raise the"
                  + " limit: ulimit -i."));
    }
    return findings;
  }

  private static void ofSignals(Diagnosis found, List<Finding> findings) {
    add(
        findings,
        found,
        Kind.DISPLACED,
        "Other code has replaced the handler of this library for",
        "Register again for the signal to take it back; sun.misc.Signal, JLine and profilers are"
            + " the usual owners.");
    add(
        findings,
        found,
        Kind.BLOCKED_EVERYWHERE,
        "All threads block",
        "The parent process has started this one with the signal blocked: have it unblock the"
            + " signal before exec.");
    add(
        findings,
        found,
        Kind.IGNORED_AT_START,
        "Ignored when the process started, as nohup and background jobs of scripts do:",
        "SignalNotifier.builder().takeOverIgnored() receives it all the same.");
    add(
        findings,
        found,
        Kind.FOREIGN_HANDLER,
        "Neither the JVM nor this library has installed the handler for",
        "It can be received; the other handler gets it back when the last registration ends.");
  }

  private static void add(
      List<Finding> findings, Diagnosis found, Kind kind, String what, String advice) {
    if (!found.signalsOf(kind).isEmpty()) {
      findings.add(
          new Finding(what + " " + SignalNames.ranges(found.signalsOf(kind)) + ".", advice));
    }
  }

  private static boolean isNearlyFull(@Nullable String pending) {
    if (pending == null || !pending.matches("[0-9]+/[0-9]+")) {
      return false;
    }
    int slash = pending.indexOf('/');
    return Long.parseLong(pending.substring(0, slash))
        > NEARLY_FULL * Long.parseLong(pending.substring(slash + 1));
  }
}
