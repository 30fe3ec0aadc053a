package org.sigqueue.cli.console;

/** The one line that reports wrong arguments. */
public final class UsageLine {
  private UsageLine() {}

  /** The line for wrong arguments of this command. */
  public static String of(String command, String message) {
    return command + ": " + message + " (see " + command + " --help)";
  }
}
