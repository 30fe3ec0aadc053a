package org.sigqueue.jdk;

import java.time.Duration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;
import org.sigqueue.UnsupportedSignalException;
import org.sigqueue.core.source.Disposition;
import org.sigqueue.core.source.SignalSourceException;

/** The scenarios that JdkSignalSourceTest runs in JVMs of their own. */
final class JdkProgram {
  private static final Duration SOON = Duration.ofSeconds(60);

  private JdkProgram() {}

  public static void main(String[] arguments) throws Exception {
    switch (arguments[0]) {
      case "receive" -> receive();
      case "receive twice" -> {
        refused();
        refused();
      }
      case "ignored at start" -> ignoredAtStart();
      case "late" -> late();
      case "die" -> {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
        Signals.process().die(Signal.TERM);
      }
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static void receive() throws Exception {
    try (SignalNotifier one = SignalNotifier.builder().build();
        SignalNotifier two = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.coalescing()) {
      System.out.println(one.source().name());
      System.out.println(two.source().name());
      one.register(channel, Signal.TERM);
      one.raise(Signal.TERM);
      System.out.println("received " + channel.poll(SOON));
      one.stop(channel);
      one.raise(Signal.TERM); // to the JVM's own handler again
      Thread.sleep(SOON.toMillis()); // until it ends the process
    }
  }

  private static void refused() {
    try {
      Signals.notify(SignalChannel.coalescing(), Signal.USR1);
      System.out.println("not refused");
    } catch (SignalSourceException e) {
      System.out.println("refused: " + e.getMessage());
    }
  }

  private static void ignoredAtStart() throws Exception {
    System.out.println(Signals.process().status(Signal.HUP).kind());
    SignalChannel channel = SignalChannel.coalescing();
    Signals.notify(channel, Signal.HUP); // accepted, and it stays ignored
    try (SignalNotifier eager = SignalNotifier.builder().takeOverIgnored().build()) {
      eager.register(channel, Signal.HUP);
    } catch (UnsupportedSignalException e) {
      System.out.println("refused: " + e.reason());
    }
    System.out.println("still ignored: " + Signals.process().ignored(Signal.HUP));
    Signals.notify(channel, Signal.USR1);
    Signals.raise(Signal.USR1);
    System.out.println("received " + channel.poll(SOON));
    Signals.stop(channel);
    System.out.println(
        "ignored again: "
            + (new JdkSignalSource().disposition(Signal.USR1.number()).handler()
                == Disposition.IGNORE));
  }

  /** Calls the handler of the source after Stop, as a thread of the JDK's that came late does. */
  private static void late() throws Exception {
    SunMiscSignals jdk = new SunMiscSignals();
    lateCall(jdk, Signal.TSTP);
    System.out.println("not stopped");
    lateCall(jdk, Signal.WINCH);
    System.out.println("not ended");
    lateCall(jdk, Signal.USR1);
    System.out.println("not reached");
  }

  private static void lateCall(SunMiscSignals jdk, Signal signal) {
    SignalChannel channel = SignalChannel.coalescing();
    Signals.notify(channel, signal);
    Object ours = jdk.handle(signal.name(), jdk.ignoreAction());
    jdk.handle(signal.name(), ours);
    Signals.stop(channel);
    jdk.call(ours, signal.name());
  }
}
