package org.sigqueue.stress;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;

/**
 * One signal of {@link StopRace}: one thread notifies and stops in turn, and the senders send one
 * signal at a time and wait for its fate. So the kernel never merges, and each signal has exactly
 * one of two fates: it is accepted, or it takes the previous action.
 *
 * <p>Where the previous action cannot be counted, the time of the signal decides: sent while the
 * channel was notified all the time, it must be accepted; sent while none was, it must not; and
 * sent while that changed it may be either.
 */
final class SignalUnderRace {
  private static final int SHORT_PAUSE_NANOS = 300_000;

  /** A pause now and then in which nothing changes, so that a loss in a steady phase shows. */
  private static final int LONG_PAUSE_NANOS = 30_000_000;

  private static final int LONG_PAUSE_EVERY = 8;

  /** The phases of {@link #notifyAndStop}, in the order in which they follow each other. */
  private enum Phase {
    STOPPED,
    STARTING,
    NOTIFIED,
    STOPPING;

    /** Whether nothing changes for a while. */
    boolean isSteady() {
      return this == NOTIFIED || this == STOPPED;
    }
  }

  final Signal signal;
  private final ScenarioRun run;
  private final PreviousAction previous;
  private final SplittableRandom random;
  private final boolean mayIgnore;
  private final long acceptedBefore;

  // Both are written by the thread that notifies and stops; the senders read them.
  private volatile long epoch; // its remainder is the Phase
  private volatile Counts sessions = Counts.NONE;
  private volatile boolean held; // a sender waits, and nothing may change

  // Guarded by this.
  private long sent;
  private long accountedFor; // signals whose fate was checked
  private long slackUntil; // up to this signal one may be decided late

  /**
   * Creates it.
   *
   * @param previous takes the signal while no channel is notified
   */
  SignalUnderRace(ScenarioRun run, Signal signal, PreviousAction previous) {
    this.run = run;
    this.signal = signal;
    this.previous = previous;
    this.random = new SplittableRandom(run.parameters.seed() + signal.number());
    this.mayIgnore = !previous.isCounted();
    this.acceptedBefore = run.block.accepted(signal.number());
  }

  /** Sends once, and waits until the signal has one of its two fates. */
  synchronized void sendOne() {
    accountForLate();
    long before = accountedFor;
    long start = epoch;
    run.parameters.kill(signal);
    sent++;
    try {
      if (!Await.until(
          run.patience(), () -> decided() > before || (isGone() && !holdsNotified(start)))) {
        throw new IllegalStateException(
            signal + " was neither accepted nor did the previous action take it: " + account());
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    } finally {
      held = false;
    }
    long taken = decided() - before;
    boolean stayed = start == epoch;
    Phase phase = phase(start);
    boolean either = !previous.isCounted() && !(stayed && phase.isSteady());
    long least = previous.isCounted() || (!either && phase == Phase.NOTIFIED) ? 1 : 0;
    long most = either ? 1 : least;
    if (taken < least || taken > most + slack()) {
      throw new IllegalStateException(lostOrTwice());
    }
    accountedFor += taken;
    if (either && taken == 0) {
      slackUntil = sent + 2; // the receiver may have had it in its hands all the time
    }
  }

  /**
   * Whether the channel was notified all the time since then; then it stays so until the signal is
   * accepted. One that is gone may be late: its handler is about to begin, maybe on a thread that
   * has no CPU.
   */
  private boolean holdsNotified(long start) {
    held = true;
    return start == epoch && phase(start) == Phase.NOTIFIED;
  }

  /** Nothing is decided between two signals, as a rule. */
  private void accountForLate() {
    long late = decided() - accountedFor;
    if (late > slack()) {
      throw new IllegalStateException(lostOrTwice());
    }
    accountedFor += late;
  }

  private int slack() {
    return sent <= slackUntil && slackUntil > 0 ? 1 : 0;
  }

  private String lostOrTwice() {
    return "a " + signal + " was lost or came twice: " + account();
  }

  /** Sends the last signal to a channel of its own; whether it arrives in time. */
  boolean lastSignalArrives() {
    SignalChannel channel = SignalChannel.coalescing();
    boolean[] arrived = {false};
    session(
        channel,
        () -> {
          sendOne();
          try {
            arrived[0] = Await.until(run.patience(), () -> channel.stats().accepted() == 1);
          } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
          }
        },
        () -> run.notifier().stop(channel));
    return arrived[0];
  }

  /** Notifies a channel for a while, and ends that in one of the ways that there are. */
  void notifyAndStop() {
    boolean queues = random.nextBoolean();
    SignalChannel channel = queues ? SignalChannel.queueing(1024) : SignalChannel.coalescing();
    SignalNotifier notifier = run.notifier();
    Runnable end =
        switch (random.nextInt(mayIgnore ? 4 : 3)) {
          case 0 -> () -> notifier.stop(channel);
          case 1 -> () -> notifier.reset(signal);
          case 2 -> channel::close;
          default -> () -> notifier.ignore(signal);
        };
    session(channel, this::pause, end);
    pause();
  }

  /** How many were sent. */
  synchronized long sent() {
    return sent;
  }

  /** The accepted occurrences of all sessions, and their outcome. */
  Counts counts() {
    return sessions;
  }

  /** The rules that do not hold at the end, in words. */
  synchronized List<String> failures() {
    List<String> failures = new ArrayList<>();
    if (decided() - accountedFor > slack()) {
      failures.add(lostOrTwice());
    }
    if (sessions.accepted() != accepted()) {
      failures.add(
          signal
              + ": accepted "
              + accepted()
              + ", but "
              + sessions.accepted()
              + " while a channel was notified");
    }
    return failures;
  }

  /** One channel from notify to the return of what ends it; it must have all that was accepted. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread alone writes it
  private void session(SignalChannel channel, Runnable meanwhile, Runnable end) {
    long before = run.block.accepted(signal.number());
    epoch++;
    run.notifier().register(channel, signal);
    epoch++;
    meanwhile.run();
    while (held) {
      pause();
    }
    epoch++;
    end.run();
    epoch++;
    Counts counts = Counts.of(run.block.accepted(signal.number()) - before, channel.stats(signal));
    List<SignalEvent> events = new ArrayList<>();
    channel.drainTo(events);
    long occurrences = events.stream().mapToLong(SignalEvent::count).sum();
    sessions = sessions.plus(counts);
    List<String> failures =
        new ArrayList<>(
            new ConservationCheck(signal.toString(), counts, events.size(), occurrences)
                .failures());
    pause();
    if (channel.poll() != null
        || !channel.stats(signal).equals(channel.stats())
        || channel.stats().accepted() != counts.accepted()) {
      failures.add(signal + ": something arrived after the end of the notification");
    }
    channel.close();
    if (!failures.isEmpty()) {
      throw new IllegalStateException(String.join("; ", failures));
    }
  }

  private void pause() {
    boolean isLong = random.nextInt(LONG_PAUSE_EVERY) == 0;
    LockSupport.parkNanos(random.nextInt(isLong ? LONG_PAUSE_NANOS : SHORT_PAUSE_NANOS));
  }

  /** Whether there is nothing more to come of a signal whose previous action is not counted. */
  private boolean isGone() {
    return !previous.isCounted() && run.isThrough(signal);
  }

  private long accepted() {
    return run.block.accepted(signal.number()) - acceptedBefore;
  }

  private long decided() {
    return accepted() + previous.taken();
  }

  private String account() {
    return "sent "
        + sent
        + ", accepted "
        + accepted()
        + (previous.isCounted()
            ? ", previous action " + previous.taken()
            : ", accounted for " + accountedFor);
  }

  private static Phase phase(long epoch) {
    return Phase.values()[(int) (epoch % Phase.values().length)];
  }
}
