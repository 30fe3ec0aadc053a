package org.sigqueue.core;

/**
 * The native library and the Java classes disagree about the memory they share: two versions of
 * this library are mixed. Nothing was changed in the process.
 */
public final class LayoutMismatchException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private LayoutMismatchException(String message) {
    super(message);
  }

  static void check(String what, int expected, int found) {
    if (expected != found) {
      throw new LayoutMismatchException(
          "shared block: "
              + what
              + " is "
              + found
              + ", expected "
              + expected
              + "; the versions of sigqueue-core and of the native library differ");
    }
  }
}
