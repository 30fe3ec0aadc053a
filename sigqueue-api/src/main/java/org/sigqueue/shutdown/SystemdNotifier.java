package org.sigqueue.shutdown;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;
import org.sigqueue.core.source.ProcessControl;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;
import org.sigqueue.dispatch.Log;
import org.sigqueue.dispatch.Threads;

/**
 * The line from a service to systemd, or another supervisor that speaks its protocol: {@code
 * sd_notify(3)}. Where the supervisor has not asked for it, that is without {@code NOTIFY_SOCKET}
 * in the environment, every method does nothing.
 *
 * <pre>{@code
 * SystemdNotifier systemd = SystemdNotifier.ofProcess();
 * Signals.subscribe(event -> systemd.reload(configuration::reload), Signal.HUP);
 * systemd.watchdog(server::isHealthy);
 * systemd.ready();
 * }</pre>
 *
 * <p>That is all that {@code Type=notify-reload} and {@code WatchdogSec=} need. A {@link
 * GracefulShutdown} tells systemd by itself that the service is stopping, in which step it is, and
 * that it may take until its deadline.
 *
 * <p>Needs the native library. All methods may be called from any thread; one that sends waits a
 * second at most for room in the socket. A failure to send is logged, once, and never thrown.
 */
public final class SystemdNotifier {
  private static final String SOCKET = "NOTIFY_SOCKET";
  private static final String WATCHDOG_USEC = "WATCHDOG_USEC";
  private static final String WATCHDOG_PID = "WATCHDOG_PID";

  private static final AtomicBoolean HAS_FAILED = new AtomicBoolean();

  private final Map<String, String> environment;
  private final @Nullable ProcessControl control; // null: nobody has asked

  private SystemdNotifier(Map<String, String> environment, @Nullable ProcessControl control) {
    this.environment = environment;
    this.control = control;
  }

  /** The line of this process. Loads the native library if systemd has asked to be told. */
  public static SystemdNotifier ofProcess() {
    return System.getenv(SOCKET) == null ? none() : of(Signals.process());
  }

  /** The line of this process, over the source of a notifier. */
  public static SystemdNotifier of(SignalNotifier notifier) {
    return over(System.getenv(), notifier.source());
  }

  /** A virtual source has no supervisor: that of the process is not to hear of tests. */
  static SystemdNotifier over(Map<String, String> environment, SignalSource source) {
    boolean asked = environment.get(SOCKET) != null && !(source instanceof ProcessExit.Owner);
    return new SystemdNotifier(environment, asked ? source.processControl() : null);
  }

  static SystemdNotifier of(Map<String, String> environment, ProcessControl control) {
    return new SystemdNotifier(environment, environment.get(SOCKET) == null ? null : control);
  }

  private static SystemdNotifier none() {
    return new SystemdNotifier(Map.of(), null);
  }

  /** Whether the supervisor has asked to be told. */
  public boolean isSupervised() {
    return control != null;
  }

  /** Tells that the service is up, or that it has reloaded its configuration. */
  public void ready() {
    send("READY=1");
  }

  /** Tells how the service is, for people: one line, shown by {@code systemctl status}. */
  public void status(String line) {
    send("STATUS=" + oneLine(line));
  }

  /** Tells that the service is reloading its configuration; {@link #ready} has to follow. */
  public void reloading() {
    long nowMicros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime()); // CLOCK_MONOTONIC on Linux
    send("RELOADING=1\nMONOTONIC_USEC=" + nowMicros);
  }

  /** Reloads the configuration between {@link #reloading} and {@link #ready}, also if it throws. */
  public void reload(Runnable action) {
    reloading();
    try {
      action.run();
    } finally {
      ready();
    }
  }

  /** Tells that the service is stopping. */
  public void stopping() {
    send("STOPPING=1");
  }

  /**
   * Asks for patience: what the service is doing, a start, a reload or a stop, may take so much
   * longer from now, whatever its unit says.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public void extendTimeout(Duration time) {
    long nanos = ShutdownStep.positive(time, "time").toNanos();
    send("EXTEND_TIMEOUT_USEC=" + TimeUnit.NANOSECONDS.toMicros(nanos));
  }

  /**
   * Sends a message of other assignments, as {@code sd_notify(3)} lists them, one a line.
   *
   * @param assignments for example {@code ERRNO=2}
   */
  public void send(String assignments) {
    Objects.requireNonNull(assignments, "assignments");
    if (control == null) {
      return;
    }
    try {
      byte[] address =
          Objects.requireNonNull(environment.get(SOCKET)).getBytes(StandardCharsets.UTF_8);
      control.notifySupervisor(address, assignments.getBytes(StandardCharsets.UTF_8));
    } catch (SignalSourceException e) {
      if (HAS_FAILED.compareAndSet(false, true)) {
        Log.warn("systemd could not be told '" + oneLine(assignments) + "'", e);
      }
    }
  }

  private static String oneLine(String text) {
    return text.replace('\n', ' ');
  }

  /**
   * Feeds the supervisor's watchdog from now on, if it has one for this process ({@code
   * WatchdogSec=}): twice in its interval, on a daemon thread, as long as the service is healthy.
   * If the answer is no, or throws, or does not come, the supervisor ends the service.
   *
   * @param healthy whether the service does what it should; asked before each feeding
   * @return a handle whose close ends the feeding, without waiting for an answer
   */
  public Watchdog watchdog(BooleanSupplier healthy) {
    Objects.requireNonNull(healthy, "healthy");
    long intervalMicros = watchdogMicros();
    Watchdog watchdog = new Watchdog();
    if (control != null && intervalMicros > 0) {
      watchdog.thread =
          Threads.create(
              "sigqueue-watchdog", true, () -> feed(watchdog, healthy, intervalMicros / 2));
      watchdog.thread.start();
    }
    return watchdog;
  }

  /** The handle of a watchdog that is fed; see {@link SystemdNotifier#watchdog}. */
  public static final class Watchdog implements AutoCloseable {
    private volatile boolean closed;
    private @Nullable Thread thread;

    private Watchdog() {}

    /** Whether the supervisor has a watchdog that this feeds. */
    public boolean isFed() {
      return thread != null && !closed;
    }

    /** Ends the feeding; idempotent. Unless another feeds it, the supervisor ends the service. */
    @Override
    public void close() {
      closed = true;
      if (thread != null) {
        thread.interrupt();
      }
    }
  }

  private void feed(Watchdog watchdog, BooleanSupplier healthy, long pauseMicros) {
    try {
      while (!watchdog.closed) {
        if (isHealthy(healthy)) {
          send("WATCHDOG=1");
        }
        TimeUnit.MICROSECONDS.sleep(pauseMicros);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed, or by the question: then it is not healthy
    }
  }

  private static boolean isHealthy(BooleanSupplier healthy) {
    try {
      return healthy.getAsBoolean();
    } catch (RuntimeException | Error e) {
      Log.error("the question for the watchdog has failed", e);
      return false;
    }
  }

  /** The interval in which the supervisor wants to hear of this process; 0 if it does not. */
  private long watchdogMicros() {
    try {
      String pid = environment.get(WATCHDOG_PID);
      if (pid != null && Long.parseLong(pid) != ProcessHandle.current().pid()) {
        return 0;
      }
      return Long.parseLong(environment.getOrDefault(WATCHDOG_USEC, "0"));
    } catch (NumberFormatException e) {
      Log.warn("the environment has a watchdog that is no number", e);
      return 0;
    }
  }
}
