package org.sigqueue.dispatch;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.UnsupportedSignalException;
import org.sigqueue.UnsupportedSignalException.Reason;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.source.Disposition;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;

/**
 * The dispositions that a hub has changed, and those of them that somebody has replaced since.
 * Callers must hold the hub's lock.
 */
final class Dispositions {
  private static final int QUIT = 3;
  private static final Log.FailureReport NOT_BACK =
      new Log.FailureReport("the return to the previous disposition");

  private final SignalSource source;
  private final Routes routes;
  private long displaced; // signals whose displacement has been told
  private long taken; // signals whose former owner has been told of
  private long leftIgnored; // registered, and ignored since the process started

  Dispositions(SignalSource source, Routes routes) {
    this.source = source;
    this.routes = routes;
  }

  /**
   * Installs the handler; takes the signal back if somebody has replaced it. A signal that was
   * ignored when the process started stays so, unless the owner takes it over: nohup and shells
   * start programs so to have them survive it.
   *
   * @param first whether nothing wanted the signal before
   */
  void install(int signal, boolean first, HubRegistration registration) {
    Disposition now = source.disposition(signal);
    if (first || !now.ours()) {
      if (!first && !isLeftIgnored(signal)) {
        tellDisplaced(signal, now);
      }
      if (!registration.owner.takesOverIgnored() && wasIgnoredAtStart(signal)) {
        leaveIgnored(signal);
        return;
      }
      install(signal);
    }
    if (!registration.subscriber.votes()) { // one that votes takes the signal from nobody
      tellTaken(signal);
    }
  }

  private void install(int signal) {
    try {
      SignalPolicy.prepare(signal, source.block());
      source.install(signal);
      displaced &= ~SignalSet.bit(signal);
      leftIgnored &= ~SignalSet.bit(signal);
    } catch (SignalSourceException e) {
      throw new UnsupportedSignalException(
          Signal.of(signal),
          Reason.REFUSED_BY_SYSTEM,
          Signal.of(signal) + " cannot be received: " + e.getMessage());
    }
  }

  private boolean wasIgnoredAtStart(int signal) {
    return SignalPolicy.respectsIgnored(signal)
        && source.previous(signal).handler() == Disposition.IGNORE;
  }

  /** Whether a signal is registered, and ignored as it was when the process started. */
  private boolean isLeftIgnored(int signal) {
    return (leftIgnored & SignalSet.bit(signal)) != 0;
  }

  private void leaveIgnored(int signal) {
    leftIgnored |= SignalSet.bit(signal);
    Signal named = Signal.of(signal);
    Threads.later(() ->
        Log.info(
            named
                + " was ignored when the process started, as nohup does, and stays so;"
                + " SignalNotifier.Builder.takeOverIgnored() receives it"));
  }

  /** Tells once of a handler that does not run while its signal is received; the JVM's apart. */
  private void tellTaken(int signal) {
    long handler = source.previous(signal).handler();
    if (handler == Disposition.DEFAULT
        || handler == Disposition.IGNORE
        || handler == source.previous(QUIT).handler() // all of the JVM's are one function
        || (taken & SignalSet.bit(signal)) != 0) {
      return;
    }
    taken |= SignalSet.bit(signal);
    Threads.later(() -> {
      String owner = source.owner(handler);
      if (owner != null && !owner.equals("libjvm.so")) {
        Log.info(
            Signal.of(signal)
                + " is taken from the handler in "
                + owner
                + ", which does not run while it is received;"
                + " SignalNotifier.observe leaves it the signal");
      }
    });
  }

  /** Puts the previous disposition back, unless somebody has replaced ours. Never throws. */
  void restore(int signal) {
    leftIgnored &= ~SignalSet.bit(signal);
    taken &= ~SignalSet.bit(signal);
    try {
      if (!source.restore(signal)) {
        tellDisplaced(signal, source.disposition(signal));
      }
    } catch (Throwable e) {
      NOT_BACK.failed(Signal.of(signal), e);
    }
  }

  /** Makes the process ignore signals: all of them, or none. */
  void ignore(SignalSet signals) {
    List<Integer> changed = new ArrayList<>();
    for (int signal : signals.toArray()) {
      boolean already = source.disposition(signal).handler() == Disposition.IGNORE;
      try {
        source.ignore(signal);
      } catch (SignalSourceException e) {
        for (int each : changed) {
          undoIgnore(each);
        }
        throw new UnsupportedSignalException(
            Signal.of(signal),
            Reason.REFUSED_BY_SYSTEM,
            Signal.of(signal) + " cannot be ignored: " + e.getMessage());
      }
      if (!already) {
        changed.add(signal);
      }
    }
  }

  private void undoIgnore(int signal) {
    if (routes.isHeld(signal)) {
      source.install(signal);
    } else {
      restore(signal);
    }
  }

  /** What has replaced our handler; null if nothing. What is new is reported. */
  @Nullable Disposition displacement(int signal) {
    Disposition now = source.disposition(signal);
    if (routes.isWanted(signal) && !isLeftIgnored(signal)) {
      if (now.ours()) {
        displaced &= ~SignalSet.bit(signal);
      } else {
        tellDisplaced(signal, now);
      }
    }
    return (displaced & SignalSet.bit(signal)) == 0 ? null : now;
  }

  private void tellDisplaced(int signal, Disposition now) {
    if ((displaced & SignalSet.bit(signal)) != 0) {
      return;
    }
    displaced |= SignalSet.bit(signal);
    Signal named = Signal.of(signal);
    Threads.later(() -> {
      JfrEvents.displaced(signal, source.owner(now.handler()));
      Log.warn(
          "the handler of "
              + named
              + " was replaced by "
              + describe(now)
              + "; registering again takes the signal back",
          null);
    });
    Set<Owner> owners = new LinkedHashSet<>(); // of which one may hold several registrations
    for (Route route : routes.get(signal)) {
      route.holders.forEach(holder -> owners.add(holder.owner));
    }
    for (Owner each : owners) {
      Consumer<? super Signal> told = each.onDisplaced();
      if (told != null) {
        Threads.later(() -> told.accept(named));
      }
    }
  }

  /** A disposition that has replaced ours, for people. May read files, and needs no lock. */
  String describe(Disposition other) {
    if (other.handler() == Disposition.DEFAULT) {
      return "SIG_DFL";
    }
    if (other.handler() == Disposition.IGNORE) {
      return "SIG_IGN";
    }
    String owner = source.owner(other.handler());
    if (owner == null) {
      return "one in code of no known file";
    }
    return "one in " + owner + (owner.equals("libjvm.so") ? ", for sun.misc.Signal" : "");
  }
}
