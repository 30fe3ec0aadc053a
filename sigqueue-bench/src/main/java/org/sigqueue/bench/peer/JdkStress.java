package org.sigqueue.bench.peer;

import java.util.concurrent.atomic.AtomicLong;

/** {@link SelfStorm} against {@code sun.misc.Signal}. */
public final class JdkStress {
  private JdkStress() {}

  /** Arguments: the number of workers, milliseconds. */
  public static void main(String[] args) throws Exception {
    AtomicLong delivered = new AtomicLong();
    JdkSignals.handle("USR1", delivered::incrementAndGet);
    new SelfStorm(args[0], args[1]).run(delivered::get, delivered::get);
  }
}
