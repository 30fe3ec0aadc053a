package org.sigqueue.stress;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.Signals;
import org.sigqueue.shutdown.GracefulShutdown;

/** The examples of the README, compiled; {@link ReadmeTest} runs them and compares the text. */
final class ReadmeExample {
  private ReadmeExample() {}

  private static void service() throws InterruptedException {
    Part server = new Part();
    Part database = new Part();
    Part configuration = new Part();

    GracefulShutdown.on(Signal.INT, Signal.TERM)
        .step("finish the open requests", server::drain)
        .step("close the database", database::close)
        .within(Duration.ofSeconds(20))
        .install();

    Signals.subscribe(event -> configuration.reload(), Signal.HUP);

    System.out.println("ready");
    new CountDownLatch(1).await(); // as a server's threads keep the JVM alive
  }

  private static void moreWays() throws InterruptedException {
    AtomicBoolean stop = Signals.flag(Signal.USR1); // for a loop that looks at it
    Signals.observe(System.out::println, Signal.TERM); // who was it? Then the JVM exits as before
    SignalEvent end = Signals.await(Signal.INT, Signal.WINCH); // waits for the first of them

    System.out.println(end.signal());
    while (!stop.get()) {
      Thread.onSpinWait();
    }
    System.out.println("stop");
    new CountDownLatch(1).await();
  }

  private static void channel() {
    try (SignalChannel channel = SignalChannel.queueing(1024)) {
      Signals.notify(channel, Signal.rtMin(3));
      for (SignalEvent event : channel) {
        System.out.println(event); // SIGRTMIN+3 from pid 4242 uid 1000 (claimed) value 42
      }
    }
  }

  /** A part of a service that prints each call of it. */
  private static final class Part {
    void drain() {
      System.out.println("drained");
    }

    void close() {
      System.out.println("closed");
    }

    void reload() {
      System.out.println("reloaded");
    }
  }

  public static void main(String[] args) throws InterruptedException {
    switch (args[0]) {
      case "service" -> service();
      case "moreWays" -> moreWays();
      case "channel" -> channel();
      default -> throw new IllegalArgumentException(args[0]);
    }
  }
}
