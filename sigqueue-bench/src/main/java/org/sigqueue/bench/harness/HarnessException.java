package org.sigqueue.bench.harness;

/** A failed measurement; the message is for the person who asked for it. */
public final class HarnessException extends RuntimeException {
  private static final long serialVersionUID = 1;

  HarnessException(String message) {
    super(message);
  }
}
