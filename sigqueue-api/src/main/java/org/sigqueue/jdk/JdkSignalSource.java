package org.sigqueue.jdk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.core.JavaSender;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.source.Disposition;
import org.sigqueue.core.source.ProcessControl;
import org.sigqueue.core.source.SignalSender;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The signals that the JDK itself hands to Java code, through {@code sun.misc.Signal}: what is left
 * where the native library cannot be loaded. Chosen by itself then, and said once in the log.
 *
 * <p>It is the same engine, so counts, channels and Stop work alike. What the JDK does not give is
 * not there:
 *
 * <ul>
 *   <li>Events have no details: no sender, cause, value or child status. The JDK throws them away.
 *   <li>No real-time signals; {@link #refusal} says so. What else the JDK keeps for itself is
 *       refused when it is asked for. Under {@code -Xrs} nothing can be received.
 *   <li>The JDK starts a thread for each signal, so events may overtake each other, and their times
 *       are of when that thread ran.
 *   <li>HUP, INT and TERM can neither be taken over if they were ignored when the process started,
 *       nor be ignored: the JDK could not undo it.
 *   <li>Stop is not quite either-or. A signal that the JDK has caught and not handed over yet when
 *       the last receiver stops is dropped by the JDK if the action of before is the default or to
 *       ignore it; if that was a Java handler, the JVM's own for HUP, INT and TERM for example,
 *       that is called. One that has been handed over but not accepted takes the action of before,
 *       except that TSTP, TTIN and TTOU do not stop the process. In the moment in which a handler
 *       is set the JDK may lose a signal.
 *   <li>{@link #restore} brings back the handler of before. Of a handler of other native code the
 *       JDK keeps the address alone, not its flags and mask. That somebody has replaced ours is
 *       noticed by {@link #restore}, not by {@link #disposition}, which knows only what Linux tells
 *       in {@code /proc}.
 *   <li>Other processes can be sent TERM and KILL, this one what Java code handles. No values, and
 *       no death by signal: {@link #die} exits with the status 128 + signal.
 * </ul>
 *
 * <p>Any number of instances stand for the one source of this process; all methods may be called
 * from any thread.
 */
public final class JdkSignalSource implements SignalSource, SignalSender, ProcessControl {
  private static final Logger LOG = LoggerFactory.getLogger("org.sigqueue");

  private static final int RING_CAPACITY = 1024;
  private static final int EPERM = 1;
  private static final int ESRCH = 3;
  private static final int ENOSYS = 38;
  private static final SignalSet IGNORED_BY_DEFAULT = SignalSet.of(17, 18, 23, 28);
  private static final SignalSet STOPS_BY_DEFAULT = SignalSet.of(20, 21, 22);

  /** The JVM leaves these alone, without saying so, while they are ignored. */
  private static final SignalSet LEFT_IF_IGNORED = SignalSet.of(1, 2, 15);

  private static final SignalSet HANDLED_BY_JVM = SignalSet.of(1, 2, 13, 15, 25);

  // Stands for the address of a handler, which Java code cannot see.
  private static final long SOME_HANDLER = 2;
  private static final long HANDLER_OF_JVM = 3;

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final SharedBlock BLOCK = SharedBlock.allocate(RING_CAPACITY);
  private static final JavaSender SENDER = new JavaSender(BLOCK);

  private static @Nullable SunMiscSignals signals; // guarded by this class
  private static final @Nullable Change[] CHANGES = new Change[SignalSet.MAX + 1]; // guarded, too

  /**
   * The change that this source made to a signal. It stays when the change is undone, for a late
   * handler.
   */
  private static final class Change {
    final Object ours;
    Object before;
    boolean inPlace;

    Change(Object ours, Object before) {
      this.ours = ours;
      this.before = before;
    }
  }

  /** Creates a view on the source; changes nothing. */
  public JdkSignalSource() {}

  @Override
  public String name() {
    return "jdk";
  }

  @Override
  public int priority() {
    return 10;
  }

  @Override
  public void open() {
    if (!dispatches()) {
      throw new SignalSourceException(
          "the JVM was started with -Xrs, so it hands no signals to Java code", 0);
    }
    jdk();
  }

  /**
   * Whether the thread is there that calls handlers; with -Xrs handlers are set, and not called.
   */
  private static boolean dispatches() {
    ThreadGroup system = Thread.currentThread().getThreadGroup();
    while (system.getParent() != null) {
      system = system.getParent();
    }
    Thread[] threads = new Thread[system.activeCount() + 64]; // an estimate, of all in the process
    int count = system.enumerate(threads, false);
    return Stream.of(threads)
        .limit(count)
        .anyMatch(thread -> thread.getName().equals("Signal Dispatcher"));
  }

  private static SunMiscSignals jdk() {
    synchronized (JdkSignalSource.class) {
      if (signals == null) {
        try {
          signals = new SunMiscSignals();
        } catch (ReflectiveOperationException e) {
          throw new SignalSourceException(
              "this JDK has no sun.misc.Signal: add the module jdk.unsupported", e);
        }
      }
      return signals;
    }
  }

  @Override
  public SharedBlock block() {
    return BLOCK;
  }

  @Override
  public @Nullable String refusal(int signal) {
    return jdk().knows(Signal.of(signal).shortName())
        ? null
        : "the JDK does not know it; the native library receives it, of sigqueue-native";
  }

  @Override
  public void install(int signal) {
    change(signal, jdk().handler(() -> arrived(signal)));
  }

  @Override
  public void ignore(int signal) {
    if (LEFT_IF_IGNORED.contains(signal)) {
      throw new SignalSourceException(
          "the JDK could not undo that " + named(signal) + " is ignored", 0);
    }
    change(signal, jdk().ignoreAction());
  }

  private static void change(int signal, Object to) {
    synchronized (JdkSignalSource.class) {
      Object now = set(signal, to);
      if (LEFT_IF_IGNORED.contains(signal) && jdk().isIgnore(now)) {
        set(signal, now); // else the JDK remembers ours
        throw new SignalSourceException(
            named(signal) + " was ignored when the process started, and the JDK leaves it so", 0);
      }
      Change last = CHANGES[signal];
      Change made = new Change(to, last != null && last.inPlace ? last.before : now);
      made.inPlace = true;
      CHANGES[signal] = made;
    }
  }

  @Override
  public boolean restore(int signal) {
    SignalSet.bit(signal); // the range check
    synchronized (JdkSignalSource.class) {
      Change change = CHANGES[signal];
      if (change == null || !change.inPlace) {
        return true;
      }
      change.inPlace = false;
      // There is no way to ask for the handler but to set another.
      Object now = set(signal, change.before);
      if (now.equals(change.ours)) {
        return true;
      }
      set(signal, now);
      return false;
    }
  }

  private static Object set(int signal, Object handler) {
    try {
      return jdk().handle(Signal.of(signal).shortName(), handler);
    } catch (IllegalArgumentException e) {
      throw new SignalSourceException("the JDK refuses: " + e.getMessage(), e);
    }
  }

  /** Called by the JDK, on a new thread for each signal. */
  private static void arrived(int signal) {
    Occurrence occurrence = new Occurrence();
    occurrence.signal = signal;
    occurrence.code = Occurrence.NO_DETAILS;
    occurrence.timeNanos = System.nanoTime();
    if (!SENDER.accept(occurrence)) {
      takePreviousAction(signal);
    }
  }

  private static void takePreviousAction(int signal) {
    Object before;
    synchronized (JdkSignalSource.class) {
      Change change = CHANGES[signal];
      if (change == null || change.ours.equals(jdk().ignoreAction())) {
        return;
      }
      before = change.before;
    }
    if (jdk().isDefault(before)) {
      takeDefaultAction(signal);
    } else if (!jdk().isIgnore(before)) {
      try {
        jdk().call(before, Signal.of(signal).shortName());
      } catch (UnsupportedOperationException e) {
        LOG.debug("{} came late, and its handler is native", Signal.of(signal), e);
      }
    }
  }

  private static void takeDefaultAction(int signal) {
    if (STOPS_BY_DEFAULT.contains(signal)) {
      LOG.debug("{} came late, and the JDK cannot stop the process", Signal.of(signal));
    } else if (!IGNORED_BY_DEFAULT.contains(signal)) {
      Runtime.getRuntime().halt(128 + signal);
    }
  }

  @Override
  public Disposition disposition(int signal) {
    SignalSet.bit(signal); // the range check
    synchronized (JdkSignalSource.class) {
      Change change = CHANGES[signal];
      boolean ours = change != null && change.inPlace && !jdk().isIgnore(change.ours);
      boolean ignored = change != null && change.inPlace && !ours;
      List<String> status = status();
      if (!status.isEmpty()) { // this is Linux
        ours &= contains(status, "SigCgt:", signal);
        ignored = contains(status, "SigIgn:", signal);
        if (!ours && !ignored && contains(status, "SigCgt:", signal)) {
          return new Disposition(unknownHandler(signal), 0, 0, 0, false);
        }
      }
      long handler = ours ? SOME_HANDLER : ignored ? Disposition.IGNORE : Disposition.DEFAULT;
      return new Disposition(handler, 0, 0, 0, ours);
    }
  }

  @Override
  public Disposition previous(int signal) {
    SignalSet.bit(signal); // the range check
    synchronized (JdkSignalSource.class) {
      Change change = CHANGES[signal];
      if (change == null || !change.inPlace) {
        return disposition(signal);
      }
      long handler =
          jdk().isDefault(change.before)
              ? Disposition.DEFAULT
              : jdk().isIgnore(change.before) ? Disposition.IGNORE : unknownHandler(signal);
      return new Disposition(handler, 0, 0, 0, false);
    }
  }

  private static long unknownHandler(int signal) {
    return HANDLED_BY_JVM.contains(signal) ? HANDLER_OF_JVM : SOME_HANDLER;
  }

  private static List<String> status() {
    try {
      return Files.exists(STATUS) ? Files.readAllLines(STATUS) : List.of();
    } catch (IOException e) {
      throw new SignalSourceException("cannot read " + STATUS, e);
    }
  }

  private static boolean contains(List<String> status, String name, int signal) {
    return status.stream()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseUnsignedLong(line.substring(name.length()).strip(), 16))
        .anyMatch(bits -> new SignalSet(bits).contains(signal));
  }

  /** The JVM's library for the signals that it handles itself; else it is not known. */
  @Override
  public @Nullable String owner(long handler) {
    return handler == HANDLER_OF_JVM ? "libjvm.so" : null;
  }

  /** Sends this process the signals that Java code handles, and other processes TERM and KILL. */
  @Override
  public void kill(long pid, int signal) {
    if (pid <= 0 || pid > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("process " + pid + " is not in 1.." + Integer.MAX_VALUE);
    }
    SignalSet.bit(signal); // the range check
    ProcessHandle process =
        ProcessHandle.of(pid)
            .orElseThrow(() -> new SignalSourceException("there is no process " + pid, ESRCH));
    send(process, signal, null);
  }

  /** Always throws: the JDK cannot send values. */
  @Override
  public void queue(long pid, int signal, long value) {
    throw new SignalSourceException("the JDK cannot send a value with " + named(signal), ENOSYS);
  }

  /** As {@link #kill}; throws if there is a value. */
  @Override
  public void send(ProcessHandle process, int signal, @Nullable Long value) {
    if (value != null) {
      queue(process.pid(), signal, value);
    } else if (process.equals(ProcessHandle.current())) {
      raise(signal);
    } else {
      terminate(process, signal);
    }
  }

  private static void raise(int signal) {
    try {
      jdk().raise(Signal.of(signal).shortName());
    } catch (IllegalArgumentException e) {
      throw new SignalSourceException("the JDK refuses: " + e.getMessage(), e);
    }
  }

  private static void terminate(ProcessHandle process, int signal) {
    if (signal != Signal.TERM.number() && signal != Signal.KILL.number()) {
      throw new SignalSourceException(
          "the JDK can send other processes TERM and KILL, not " + named(signal), ENOSYS);
    }
    boolean sent = signal == Signal.KILL.number() ? process.destroyForcibly() : process.destroy();
    if (!sent) {
      throw new SignalSourceException(
          "cannot send " + named(signal) + " to process " + process.pid(),
          process.isAlive() ? EPERM : ESRCH);
    }
  }

  @Override
  public SignalSender sender() {
    return this;
  }

  @Override
  public ProcessControl processControl() {
    return this;
  }

  @Override
  public void takePreviousAction(Occurrence occurrence) {
    takePreviousAction(occurrence.signal);
  }

  /** Exits at once with the status 128 + signal: the JDK knows no death by signal. */
  @Override
  public void die(int signal) {
    SignalSet.bit(signal); // the range check
    Runtime.getRuntime().halt(128 + signal);
  }

  /** Always throws: the JDK knows no death by signal. */
  @Override
  public void dieOnExit(int signal) {
    throw new SignalSourceException("the JDK cannot end the process by " + named(signal), ENOSYS);
  }

  private static String named(int signal) {
    return Signal.of(signal).toString();
  }
}
