package org.sigqueue.stress;

import com.google.gson.Gson;
import java.time.Duration;
import org.sigqueue.Signal;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.stress.ChurnRun.Limits;
import org.sigqueue.stress.ProcessFootprint.Tolerance;

/**
 * The main class of the process that {@link Churn} starts. The last line it prints is the result as
 * JSON.
 */
final class ChurnMain {
  /** For a process with a small heap, which may touch all of it. */
  private static final Limits SMALL =
      new Limits(9, new Tolerance(48L << 20, 2L << 20), Duration.ofSeconds(60));

  private ChurnMain() {}

  /**
   * Runs the program.
   *
   * @param args the parking strategy, the number of the signal, the duration in milliseconds, the
   *     number of cycles or 0, whether no other process has this user: true or false, and the class
   *     of the source that is to be tested
   */
  public static void main(String[] args) throws InterruptedException {
    ChildProgram.endWithParent();
    SignalSource source = Receivable.source();
    if (!source.getClass().getName().equals(args[5])) {
      throw new IllegalStateException("the source is " + source + ", and not " + args[5]);
    }
    Lifecycles lifecycles =
        new Lifecycles(
            source, ParkingStrategies.byName(args[0]), Signal.of(Integer.parseInt(args[1])));
    boolean hasOwnUser = Boolean.parseBoolean(args[4]);
    ChurnRun run =
        new ChurnRun(
            lifecycles,
            Duration.ofMillis(Long.parseLong(args[2])),
            Long.parseLong(args[3]),
            () -> ProcessFootprint.ofThisProcess(hasOwnUser),
            SMALL,
            System.out::println);
    System.out.println(new Gson().toJson(run.run()));
    System.exit(0);
  }
}
