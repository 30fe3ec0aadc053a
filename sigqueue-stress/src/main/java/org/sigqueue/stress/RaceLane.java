package org.sigqueue.stress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;

/**
 * One signal of {@link StopRace}: somebody who keeps notifying and stopping, and senders of whom
 * one at a time sends, and waits for what becomes of it. So the kernel never merges, and each
 * signal has exactly one of two fates: it is accepted, or the previous action takes it.
 *
 * <p>Where the previous action cannot be counted, the time of the signal decides: sent while the
 * channel was notified all the time, it must be accepted; while nobody was, it must not; and while
 * that changed it may be either.
 */
final class RaceLane {
  private static final int SHORT_LINGER_NANOS = 300_000;

  /** Now and then, so that what is lost while nothing changes is known to be lost. */
  private static final int LONG_LINGER_NANOS = 30_000_000;

  private static final int LONG_LINGER_EVERY = 8;

  /** What the churn is at: the phases follow each other in this order. */
  private enum Phase {
    STOPPED,
    STARTING,
    NOTIFIED,
    STOPPING
  }

  final Signal signal;
  private final Trial trial;
  private final PreviousAction previous;
  private final Duration patience;
  private final SplittableRandom random;
  private final boolean mayIgnore;
  private final long acceptedBefore;

  private volatile long epoch; // of which Phase is the remainder; the churn alone writes it
  private volatile Counts sessions = new Counts(0, 0, 0, 0); // likewise

  // Guarded by this.
  private long sent;
  private long accountedFor; // of what is decided
  private long slackUntil; // up to which shot one may be decided late

  /**
   * Creates a lane.
   *
   * @param previous what takes the signal while nobody is notified
   */
  RaceLane(Trial trial, Signal signal, PreviousAction previous, Duration patience, long seed) {
    this.trial = trial;
    this.signal = signal;
    this.previous = previous;
    this.patience = patience;
    this.random = new SplittableRandom(seed + signal.number());
    this.mayIgnore = !previous.isCounted();
    this.acceptedBefore = trial.block.accepted(signal.number());
  }

  /** Sends once, and waits until one of the two has it. */
  synchronized void shoot() {
    settleAccounts();
    long before = accountedFor;
    long start = epoch;
    trial.parameters.source().kill(ProcessHandle.current().pid(), signal.number());
    sent++;
    try {
      if (!Await.until(patience, () -> decided() > before || isGone())) {
        throw new IllegalStateException(
            signal + " was neither accepted nor did the previous action take it: " + account());
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
    long taken = decided() - before;
    boolean stayed = start == epoch;
    Phase phase = phase(start);
    boolean either = !previous.isCounted() && !(stayed && isQuiet(phase));
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

  private static boolean isQuiet(Phase phase) {
    return phase == Phase.NOTIFIED || phase == Phase.STOPPED;
  }

  /** Nothing is decided between two shots, as a rule. */
  private void settleAccounts() {
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

  /** That the last signal arrives, with a channel of its own. */
  boolean lastSignalArrives() throws InterruptedException {
    SignalChannel channel = SignalChannel.coalescing();
    boolean[] arrived = {false};
    session(
        channel,
        () -> {
          shoot();
          try {
            arrived[0] =
                Await.until(Trial.LAST_SIGNAL_DEADLINE, () -> channel.stats().accepted() == 1);
          } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
          }
        },
        () -> trial.notifier().stop(channel));
    return arrived[0];
  }

  /** Notifies for a while and ends that, in one of the ways that there are. */
  void churn() {
    boolean queues = random.nextBoolean();
    SignalChannel channel = queues ? SignalChannel.queueing(1024) : SignalChannel.coalescing();
    SignalNotifier notifier = trial.notifier();
    Runnable end =
        switch (random.nextInt(mayIgnore ? 4 : 3)) {
          case 0 -> () -> notifier.stop(channel);
          case 1 -> () -> notifier.reset(signal);
          case 2 -> channel::close;
          default -> () -> notifier.ignore(signal);
        };
    session(channel, this::linger, end);
    linger();
  }

  /** How many were sent. */
  synchronized long sent() {
    return sent;
  }

  /** What was accepted in all sessions, and what became of it. */
  Counts counts() {
    return sessions;
  }

  /** Which rules do not hold at the end, in words. */
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
              + " while somebody was notified");
    }
    return failures;
  }

  /** One channel from notify to the return of what ends it; it must have all that was accepted. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread alone writes it
  private void session(SignalChannel channel, Runnable meanwhile, Runnable end) {
    long before = trial.block.accepted(signal.number());
    epoch++;
    trial.notifier().notify(channel, signal);
    epoch++;
    meanwhile.run();
    epoch++;
    end.run();
    epoch++;
    Counts counts =
        Counts.of(trial.block.accepted(signal.number()) - before, channel.stats(signal));
    List<SignalEvent> events = new ArrayList<>();
    channel.drainTo(events);
    long occurrences = events.stream().mapToLong(SignalEvent::count).sum();
    sessions = sessions.plus(counts);
    List<String> failures =
        new ArrayList<>(
            new Ledger(signal.toString(), counts, events.size(), occurrences).failures());
    linger();
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

  private void linger() {
    boolean isLong = random.nextInt(LONG_LINGER_EVERY) == 0;
    LockSupport.parkNanos(random.nextInt(isLong ? LONG_LINGER_NANOS : SHORT_LINGER_NANOS));
  }

  /** Whether there is nothing more to come of a signal whose previous action is not counted. */
  private boolean isGone() {
    return !previous.isCounted()
        && PendingSignals.none(signal, trial.block)
        && trial.block.inFlight(signal.number()) == 0;
  }

  private long accepted() {
    return trial.block.accepted(signal.number()) - acceptedBefore;
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
