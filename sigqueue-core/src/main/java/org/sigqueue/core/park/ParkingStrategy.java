package org.sigqueue.core.park;

/**
 * A way to wait for a wake-up: a name, and a factory of {@link Note}s.
 *
 * <p>Implementations are found with {@link java.util.ServiceLoader}, on the class path and on the
 * module path, and must pass the published {@code NoteContractTest}. They are stateless and may be
 * called from any thread.
 */
public interface ParkingStrategy {
  /** The name to choose this strategy by: lower case, no blanks, unique. */
  String name();

  /**
   * Creates a note on this word.
   *
   * @throws IllegalArgumentException if this strategy cannot sleep on a word that lives there
   */
  Note newNote(NoteWord word);
}
