package org.sigqueue.conformance.lifetime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.sigqueue.conformance.Await;
import org.sigqueue.conformance.Child;
import org.sigqueue.conformance.JavaThreads;

/**
 * The parts of the process that this library could hold while nothing is registered: descriptors,
 * handlers, masks and queued signals, and no thread.
 *
 * @param descriptors how many there are of the process
 * @param caught the signals that have handlers, as a mask
 * @param blocked the signals that the calling thread blocks, as a mask
 * @param queued the queued signals of the user, which other processes may have as well
 */
record Footprint(long descriptors, long caught, long blocked, long queued) {
  /** How many queued signals others may add meanwhile. */
  private static final long FOREIGN_QUEUED = 200;

  /** Waits until no thread of this library is left, and looks. */
  static Footprint ofNothing() {
    Await.until("all threads end", () -> JavaThreads.named("sigqueue").isEmpty());
    return now();
  }

  private static Footprint now() {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      String status = Files.readString(Path.of("/proc/thread-self/status"));
      var masks = Child.masks(status);
      return new Footprint(
          descriptors.count(), masks.get("SigCgt"), masks.get("SigBlk"), queued(status));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long queued(String status) {
    return status
        .lines()
        .filter(line -> line.startsWith("SigQ:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("SigQ:\\s*|/.*", "")))
        .sum();
  }

  /** Waits until it is this again. */
  void awaitSame() {
    Await.until("all threads end", () -> JavaThreads.named("sigqueue").isEmpty());
    Await.until(() -> "it is " + this + " again, not " + now(), () -> isSame(now()));
  }

  private boolean isSame(Footprint later) {
    return later.descriptors <= descriptors
        && later.caught == caught
        && later.blocked == blocked
        && later.queued <= queued + FOREIGN_QUEUED;
  }
}
