package org.sigqueue.core;

import java.util.ArrayList;
import java.util.List;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.park.WakeMethod;

/**
 * Notes whose sleeper is never stopped: a test runs a step before the word says that it sleeps, and
 * one in place of each block, and sees what time that was given. They have a descriptor, as far as
 * the engine can see.
 */
final class ScriptedStrategy implements ParkingStrategy {
  final int descriptor;
  final List<Long> timeouts = new ArrayList<>();
  int closed; // notes
  Runnable beforeSleeping = () -> {};
  Runnable whileBlocked = Thread::onSpinWait;

  ScriptedStrategy(int descriptor) {
    this.descriptor = descriptor;
  }

  @Override
  public String name() {
    return "scripted";
  }

  @Override
  public Note newNote(NoteWord word) {
    return new Note(word) {
      @Override
      public WakeMethod wakeMethod() {
        return WakeMethod.EVENTFD;
      }

      @Override
      public int wakeFd() {
        return descriptor;
      }

      @Override
      protected boolean spin() {
        beforeSleeping.run();
        return false;
      }

      @Override
      protected void block(long timeoutNanos) {
        timeouts.add(timeoutNanos);
        whileBlocked.run();
      }

      @Override
      protected void unblock() {}

      @Override
      public void close() {
        closed++;
      }
    };
  }
}
