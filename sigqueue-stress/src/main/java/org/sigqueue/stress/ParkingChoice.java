package org.sigqueue.stress;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.park.WakeMethod;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;

/**
 * The parking strategies to run with.
 *
 * @param chosen in the order of the runs
 * @param skipped why some of those that {@link #ALL} stands for are not among them
 */
record ParkingChoice(List<ParkingStrategy> chosen, List<String> skipped) {
  /** Stands for every strategy that the source can wake. */
  static final String ALL = "all";

  /** The names for the command line. */
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      List<String> names = new ArrayList<>(ParkingStrategies.all().keySet());
      names.add(ALL);
      return names.iterator();
    }
  }

  /**
   * The strategies of these names; of no names, the preferred one.
   *
   * @throws IllegalArgumentException if there is no strategy of a name
   */
  static List<ParkingStrategy> named(List<String> names) {
    if (names.isEmpty()) {
      return List.of(ParkingStrategies.preferred());
    }
    if (names.contains(ALL)) {
      return List.copyOf(ParkingStrategies.all().values());
    }
    return names.stream().map(ParkingStrategies::byName).toList();
  }

  /**
   * Keeps the strategies that the source can wake.
   *
   * @param named strategies that were asked for
   * @param lenient whether to skip the others
   * @throws IllegalArgumentException if there are others and they are not to be skipped
   */
  static ParkingChoice over(SignalSource source, List<ParkingStrategy> named, boolean lenient) {
    List<ParkingStrategy> chosen = new ArrayList<>();
    List<String> skipped = new ArrayList<>();
    for (ParkingStrategy strategy : named) {
      Optional<String> refusal = refusal(source, strategy);
      if (refusal.isEmpty()) {
        chosen.add(strategy);
      } else if (lenient) {
        skipped.add(refusal.get());
      } else {
        throw new IllegalArgumentException(refusal.get());
      }
    }
    return new ParkingChoice(chosen, skipped);
  }

  /** Whether a receiver with this strategy can take signals from the kernel itself. */
  static boolean waitsInKernel(SignalSource source, ParkingStrategy strategy) {
    try (Note note = strategy.newNote(source.block())) {
      return note.wakeMethod() == WakeMethod.SIGWAIT;
    }
  }

  /** Why the source cannot wake a strategy, if so. */
  static Optional<String> refusal(SignalSource source, ParkingStrategy strategy) {
    SharedBlock block = source.block();
    try (Note note = strategy.newNote(block);
        Note sleeper = block.sleeper().newNote(block)) {
      // The block offers a strategy that its senders can wake: if that one can be woken from a
      // signal handler, handlers are among the senders.
      boolean handlersSend = sleeper.wakeMethod() != WakeMethod.NONE;
      return handlersSend && note.wakeMethod() == WakeMethod.NONE
          ? Optional.of(strategy.name() + " cannot be woken from a signal handler")
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(strategy.name() + " cannot be used: " + e.getMessage());
    } catch (SignalSourceException e) {
      return Optional.of(strategy.name() + " needs the native library, which cannot be loaded");
    }
  }
}
