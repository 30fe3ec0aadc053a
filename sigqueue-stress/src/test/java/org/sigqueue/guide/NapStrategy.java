package org.sigqueue.guide;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.park.WakeMethod;

/** The program of docs/guide/parking-strategy.md. */
public final class NapStrategy implements ParkingStrategy {
  @Override
  public String name() {
    return "nap";
  }

  @Override
  public Note newNote(NoteWord word) {
    return new NapNote(word);
  }

  private static final class NapNote extends Note {
    private static final long NAP_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    NapNote(NoteWord word) {
      super(word);
    }

    @Override
    public WakeMethod wakeMethod() {
      return WakeMethod.WORD; // a handler need only set the word: the sleeper looks at it
    }

    @Override
    protected void block(long timeoutNanos) {
      LockSupport.parkNanos(this, Math.min(timeoutNanos, NAP_NANOS));
    }

    @Override
    protected void unblock() {}
  }

  public static void main(String[] args) throws InterruptedException {
    Signals.configure(SignalNotifier.builder().parking(new NapStrategy()));
    try (SignalChannel channel = SignalChannel.coalescing()) {
      Signals.notify(channel, Signal.USR1);
      System.out.println("ready");
      System.out.println(channel.take());
    }
  }
}
