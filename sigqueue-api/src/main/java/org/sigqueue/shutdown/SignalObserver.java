package org.sigqueue.shutdown;

import java.util.ArrayList;
import java.util.List;
import org.sigqueue.Signal;
import org.sigqueue.SignalEvent;
import org.sigqueue.Signals;
import org.sigqueue.dispatch.Log;

/**
 * The part of {@link SignalAgent} that needs the library, maybe in a class loader of its own. A log
 * that blocks, as standard error does when nobody reads it, must not keep the program from ending:
 * the signal goes on after a second at most.
 */
final class SignalObserver {
  private static final String DEFAULT = "HUP,INT,TERM";
  private static final BoundedLogging LOG = new BoundedLogging();

  private SignalObserver() {}

  /** Logs each of these signals, with commas between; called once, by reflection. */
  static void observe(String names) {
    List<Signal> signals = new ArrayList<>();
    for (String name : (names.isBlank() ? DEFAULT : names).split(",", -1)) {
      signals.add(Signal.of(name.strip()));
    }
    Signals.process().observe(SignalObserver::log, signals.toArray(new Signal[0]));
  }

  private static void log(SignalEvent event) {
    LOG.write(() -> Log.info(Origin.describe(event)));
    LOG.flush();
  }
}
