package org.sigqueue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.sigqueue.core.source.SignalSourceException;
import org.sigqueue.testing.VirtualSignalSource;

/**
 * The short forms of {@link Signals} over a virtual source, one a line; for {@link SignalsTest}.
 */
final class SignalsProgram {
  private static final Duration LONG = Duration.ofSeconds(50);
  private static final VirtualSignalSource SOURCE = new VirtualSignalSource();

  private SignalsProgram() {}

  public static void main(String[] arguments) throws Exception {
    SignalNotifier notifier = Signals.configure(SignalNotifier.builder().source(SOURCE));
    say("process", Signals.process() == notifier);
    try {
      SignalNotifier unused = Signals.configure(SignalNotifier.builder());
      say("configure twice", unused);
    } catch (IllegalStateException e) {
      say("configure twice", "refused");
    }
    channels();
    handlers();
    once();
    onceFromTheHandlersThread();
    waiting();
    dispositions();
    try {
      Signals.performDefault(Signal.TSTP);
      say("performDefault", "nothing");
    } catch (SignalSourceException e) {
      say("performDefault", e.getMessage());
    }
  }

  private static void say(String what, Object result) {
    System.out.println(what + ": " + result);
  }

  private static void until(BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean() && System.nanoTime() - start < LONG.toNanos()) {
      Thread.onSpinWait();
    }
  }

  private static boolean isReceived(Signal signal) {
    return SOURCE.disposition(signal.number()).ours();
  }

  private static void channels() throws Exception {
    SignalChannel channel = SignalChannel.coalescing();
    Signals.notify(channel, Signal.HUP);
    Signals.raise(Signal.HUP);
    say("notify, raise", channel.poll(LONG).signal());
    Signals.send(ProcessHandle.current().pid(), Signal.HUP);
    say("send", channel.poll(LONG).signal());
    Signals.stop(channel);
    say("stop", isReceived(Signal.HUP));
  }

  private static void handlers() throws Exception {
    BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    Registration registration =
        Signals.subscribe(
            event -> seen.add(event.signal() + " " + Thread.currentThread().isDaemon()),
            Signal.USR1);
    Signals.raise(Signal.USR1);
    say("subscribe", seen.poll(LONG.toSeconds(), TimeUnit.SECONDS));
    registration.close();
    Registration observer = Signals.observe(event -> seen.add("seen"), Signal.USR1);
    Signals.raise(Signal.USR1);
    say("observe", observer.close(LONG) + " " + seen.poll() + " " + SOURCE.previousActions());
  }

  /** The second takes its previous action, even while the handler of the first is running. */
  private static void once() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    AtomicBoolean second = new AtomicBoolean(true);
    AtomicReference<String> thread = new AtomicReference<>();
    Registration registration =
        Signals.once(
            event -> {
              calls.incrementAndGet();
              thread.set(Thread.currentThread().getName().replaceAll("-[0-9]+", ""));
              until(() -> !isReceived(Signal.TERM));
              second.set(SOURCE.raise(Signal.TERM));
              throw new IllegalStateException("on purpose, of a test");
            },
            Signal.TERM,
            Signal.INT);
    say("once receives", isReceived(Signal.TERM) && isReceived(Signal.INT));
    Signals.raise(Signal.TERM);
    boolean idle = registration.close(LONG);
    until(() -> registration.failures() == 1);
    say("once calls", calls + " on " + thread + ", ended " + idle);
    say("once lets the second through", !second.get() && !isReceived(Signal.INT));
    say("once failures", registration.failures());
  }

  /** Many at a time: called for one of them, whether or not the registration is known already. */
  private static void onceFromTheHandlersThread() throws Exception {
    AtomicBoolean go = new AtomicBoolean(true);
    FutureTask<Integer> sender =
        new FutureTask<>(() -> {
          int sent = 0;
          for (; go.get(); sent++) {
            SOURCE.raise(Signal.USR1);
          }
          return sent;
        });
    new Thread(sender).start();
    boolean always = true;
    for (int round = 0; round < 200; round++) {
      AtomicInteger calls = new AtomicInteger();
      Registration registration = Signals.once(event -> calls.incrementAndGet(), Signal.USR1);
      until(() -> calls.get() > 0 && !isReceived(Signal.USR1));
      registration.close(LONG);
      always &= calls.get() == 1;
    }
    go.set(false);
    say("once in a storm", always && sender.get() > 0);
    say("once is over", isReceived(Signal.USR1));
  }

  private static void waiting() throws Exception {
    FutureTask<SignalEvent> waiter = new FutureTask<>(() -> Signals.await(Signal.TERM, Signal.INT));
    new Thread(waiter).start();
    until(() -> isReceived(Signal.INT));
    Signals.raise(Signal.INT);
    SignalEvent event = waiter.get();
    say("await", event.signal() + ", goes on " + isReceived(Signal.INT));
    AtomicBoolean flag = Signals.flag(Signal.WINCH);
    boolean before = flag.get();
    Signals.raise(Signal.WINCH);
    until(flag::get);
    say("flag", before + " " + flag);
    try (SignalContext context = Signals.notifyContext(Signal.TERM)) {
      Signals.raise(Signal.TERM);
      say("notifyContext", context.await(LONG).isPresent());
    }
    Thread.currentThread().interrupt();
    try {
      say("interrupted await", Signals.await(Signal.TERM));
    } catch (InterruptedException e) {
      say("interrupted await", "goes on " + isReceived(Signal.TERM));
    }
  }

  private static void dispositions() {
    Signals.ignore(Signal.HUP);
    say("ignore", Signals.process().ignored(Signal.HUP));
    Signals.reset(Signal.HUP);
    say("reset", Signals.process().ignored(Signal.HUP));
    List<Signal> refused = List.of(Signal.KILL);
    try {
      Signals.once(event -> {}, refused.get(0));
    } catch (UnsupportedSignalException e) {
      say("refused", e.signal());
    }
  }
}
