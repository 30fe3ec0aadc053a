package org.sigqueue.core;

import java.util.ArrayList;
import java.util.List;

/**
 * Notes whose sleeper is never stopped: a test runs a step before the word says that it sleeps, and
 * one in place of each block, and sees what time that was given. They have a descriptor, as far as
 * the engine can see.
 */
final class ScriptedStrategy implements ParkingStrategy {
  final int descriptor;
  final List<Long> timeouts = new ArrayList<>();
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
      public HandlerWake handlerWake() {
        return HandlerWake.EVENTFD;
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
      protected void kick() {}
    };
  }
}
