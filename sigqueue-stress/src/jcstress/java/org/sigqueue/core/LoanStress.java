package org.sigqueue.core;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.function.BooleanSupplier;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.park.WakeMethod;

/**
 * A borrower of the role against senders and recalls. The owner waits outside, as in an event loop,
 * so it needs no thread and looks in the end. A borrower that is not woken is a test that hangs.
 */
public final class LoanStress {
  private static final int A = 10;
  private static final int B = 12;
  private static final int THROWN = -1;
  private static final int MISSED = -1;
  private static final int REFUSED = 0;
  private static final int ENDED = 1;
  private static final int ROLE = 2;
  private static final int WITHOUT_DATA = 3;
  private static final long ABOUT_A_SEND_NANOS = 100;
  private static final long TOO_LONG_NANOS = 1_000_000;

  private LoanStress() {}

  /** A queue whose owner waits. */
  static class Lender {
    final QueueWords words;
    final SignalQueue queue;
    final Receiver receiver;
    final Loan loan;
    private int data;

    Lender(QueueWords words) {
      this.words = words;
      this.queue = SignalQueue.on(words);
      this.receiver = queue.claim(new LoopStrategy());
      this.loan = receiver.loan();
      receiver.poll(); // what has opened the queue
      if (!receiver.beginWait()) {
        throw new IllegalStateException("no wait has begun");
      }
    }

    /** 1, if it finds the words as they have to be. */
    final int send(int signal) {
      data = signal;
      try {
        queue.send(signal);
        return 1;
      } catch (RuntimeException e) { // a double wakeup, or nobody to wake
        return THROWN;
      }
    }

    /** What has become of it. With the role, it serves and gives that back. */
    final int borrow(long timeoutNanos, BooleanSupplier news) {
      Loan.Result result;
      try {
        result = loan.borrow(timeoutNanos, news);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      if (result == Loan.Result.ROLE) {
        boolean isWhole = loan.take() == SignalSet.bit(data);
        loan.giveBack(true);
        return isWhole ? ROLE : WITHOUT_DATA;
      }
      return result == Loan.Result.ENDED ? ENDED : REFUSED;
    }

    /** The signal that is left to the owner, which nobody would wake for it if it is MISSED. */
    final int rest() {
      int state = words.stateVolatile();
      if (words.maskVolatile() != 0
          && (state == SignalQueue.WAITING || state == SignalQueue.LENT)) {
        return MISSED;
      }
      receiver.endWait();
      return receiver.poll();
    }
  }

  /** Borrow against send. */
  @JCStressTest
  @Outcome(id = "1, 2, 0", expect = ACCEPTABLE, desc = "The borrower was woken.")
  @Outcome(id = "1, 0, 10", expect = ACCEPTABLE, desc = "Refused; the owner was woken.")
  @Outcome(id = ".*", expect = FORBIDDEN, desc = "Missed, taken twice, or without its data.")
  @State
  public static class BorrowAgainstSend extends Lender {
    /** Nothing is pending. */
    public BorrowAgainstSend() {
      super(new HeapQueueWords());
    }

    /** Sends. */
    @Actor
    public void sender(III_Result r) {
      r.r1 = send(A);
    }

    /** Borrows, and waits for ever. */
    @Actor
    public void borrower(III_Result r) {
      r.r2 = borrow(Note.FOREVER, () -> false);
    }

    /** Ends its wait. */
    @Arbiter
    public void owner(III_Result r) {
      r.r3 = rest();
    }
  }

  /** A borrower that takes the role back by itself, against send. */
  @Outcome(id = "1, 2, 0", expect = ACCEPTABLE, desc = "The borrower was woken.")
  @Outcome(id = "1, [01], 10", expect = ACCEPTABLE, desc = "Refused or over; the owner was woken.")
  @Outcome(id = ".*", expect = FORBIDDEN, desc = "Missed, taken twice, or without its data.")
  public static class TakeBack {
    private TakeBack() {}
  }

  /** The time is over. */
  @JCStressTest
  @JCStressMeta(TakeBack.class)
  @State
  public static class TimeoutAgainstSend extends Lender {
    /** Nothing is pending. */
    public TimeoutAgainstSend() {
      super(new HeapQueueWords());
    }

    /** Sends. */
    @Actor
    public void sender(III_Result r) {
      r.r1 = send(A);
    }

    /** Borrows for about as long as a send takes. */
    @Actor
    public void borrower(III_Result r) {
      r.r2 = borrow(ABOUT_A_SEND_NANOS, () -> false);
    }

    /** Ends its wait. */
    @Arbiter
    public void owner(III_Result r) {
      r.r3 = rest();
    }
  }

  /** The role is taken back without a CAS. Known to be wrong. */
  @JCStressTest
  @JCStressMeta(TakeBack.class)
  @State
  public static class BrokenTakeBackByStore extends Lender {
    /** Nothing is pending. */
    public BrokenTakeBackByStore() {
      super(new StoringWords(SignalQueue.LENT, SignalQueue.WAITING));
    }

    /** Sends. */
    @Actor
    public void sender(III_Result r) {
      r.r1 = send(A);
    }

    /** Borrows, and has news. */
    @Actor
    public void borrower(III_Result r) {
      r.r2 = borrow(Note.FOREVER, () -> true);
    }

    /** Ends its wait. */
    @Arbiter
    public void owner(III_Result r) {
      r.r3 = rest();
    }
  }

  /** Recall against send: the recall interrupts the borrower when it has borrowed. */
  @JCStressTest
  @JCStressMeta(TakeBack.class)
  @State
  public static class RecallAgainstSend extends Lender {
    /** Nothing is pending. */
    public RecallAgainstSend() {
      super(new InterruptedWords(SignalQueue.LENT));
      ((InterruptedWords) words).interruptBy(loan::recall);
    }

    /** Sends. */
    @Actor
    public void sender(III_Result r) {
      r.r1 = send(A);
    }

    /** Borrows, and waits for ever. */
    @Actor
    public void borrower(III_Result r) {
      r.r2 = borrow(Note.FOREVER, () -> false);
    }

    /** Ends its wait. */
    @Arbiter
    public void owner(III_Result r) {
      r.r3 = rest();
    }
  }

  /** Recall against borrow: the news of the one who recalls are seen, or end the wait. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "The loan has ended.")
  @State
  public static class RecallAgainstBorrow extends Lender {
    private volatile boolean news;

    /** Nothing is pending. */
    public RecallAgainstBorrow() {
      super(new HeapQueueWords());
    }

    /** Has something for the borrower. */
    @Actor
    public void recaller() {
      news = true;
      loan.recall();
    }

    /** Borrows, and waits for ever. */
    @Actor
    public void borrower(II_Result r) {
      r.r1 = borrow(Note.FOREVER, () -> news);
    }

    /** Ends its wait. */
    @Arbiter
    public void owner(II_Result r) {
      r.r2 = rest();
    }
  }

  /** The news are looked at before the role is lent. Known to be wrong. */
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "The loan has ended.")
  @Outcome(id = ".*", expect = FORBIDDEN, desc = "It has waited although there were news.")
  @State
  public static class BrokenNewsBeforeLoan extends Lender {
    private volatile boolean news;

    /** Nothing is pending. */
    public BrokenNewsBeforeLoan() {
      super(new HeapQueueWords());
    }

    /** Has something for the borrower. */
    @Actor
    public void recaller() {
      news = true;
      loan.recall();
    }

    /** Borrows, and waits for far longer than a recall takes. */
    @Actor
    public void borrower(II_Result r) {
      boolean before = news;
      long start = System.nanoTime();
      int result = borrow(TOO_LONG_NANOS, () -> before);
      r.r1 = System.nanoTime() - start < TOO_LONG_NANOS ? result : MISSED;
    }

    /** Ends its wait. */
    @Arbiter
    public void owner(II_Result r) {
      r.r2 = rest();
    }
  }

  /** Close against borrow: the borrower is refused or woken, and the owner is woken. */
  @JCStressTest
  @Outcome(id = "[01], 0", expect = ACCEPTABLE, desc = "Refused, or the loan has ended.")
  @Outcome(id = ".*", expect = FORBIDDEN, desc = "The borrower has the role.")
  @State
  public static class CloseAgainstBorrow extends Lender {
    /** Nothing is pending. */
    public CloseAgainstBorrow() {
      super(new HeapQueueWords());
    }

    /** Closes the queue. */
    @Actor
    public void closer() {
      queue.close();
    }

    /** Borrows, and waits for ever. */
    @Actor
    public void borrower(II_Result r) {
      r.r1 = borrow(Note.FOREVER, () -> false);
    }

    /** Ends its wait. */
    @Arbiter
    public void owner(II_Result r) {
      r.r2 = rest();
    }
  }

  /** A borrower that gives the role back, against send: the owner is woken. */
  @Outcome(id = "1, 12", expect = ACCEPTABLE, desc = "The owner was woken, with or after it.")
  @Outcome(id = ".*", expect = FORBIDDEN, desc = "Missed, or woken twice.")
  public static class GiveBack {
    private GiveBack() {}
  }

  /** A queue whose borrower has the role, and has taken A. */
  static class Lent extends Lender {
    Lent(QueueWords words) {
      super(words);
      try {
        Loan.Result result =
            loan.borrow(
                Note.FOREVER,
                () -> {
                  queue.send(A);
                  return true;
                });
        if (result != Loan.Result.ROLE || loan.take() != SignalSet.bit(A)) {
          throw new IllegalStateException("no role: " + result);
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** Asleep, if nothing was sent. */
  @JCStressTest
  @JCStressMeta(GiveBack.class)
  @State
  public static class GiveBackAgainstSend extends Lent {
    /** A was served. */
    public GiveBackAgainstSend() {
      super(new HeapQueueWords());
    }

    /** Sends another. */
    @Actor
    public void sender(II_Result r) {
      r.r1 = send(B);
    }

    /** Gives the role back. */
    @Actor
    public void borrower() {
      loan.giveBack(true);
    }

    /** Ends its wait. */
    @Arbiter
    public void owner(II_Result r) {
      r.r2 = rest();
    }
  }

  /** The role is given back without a CAS. Known to be wrong. */
  @JCStressTest
  @JCStressMeta(GiveBack.class)
  @State
  public static class BrokenGiveBackByStore extends Lent {
    /** A was served. */
    public BrokenGiveBackByStore() {
      super(new StoringWords(SignalQueue.ACTIVE, SignalQueue.WAITING));
    }

    /** Sends another. */
    @Actor
    public void sender(II_Result r) {
      r.r1 = send(B);
    }

    /** Gives the role back. */
    @Actor
    public void borrower() {
      loan.giveBack(true);
    }

    /** Ends its wait. */
    @Arbiter
    public void owner(II_Result r) {
      r.r2 = rest();
    }
  }

  /** Words that make one transition in two steps: a look, and a store. */
  private static final class StoringWords extends HeapQueueWords {
    private final int from;
    private final int to;

    StoringWords(int from, int to) {
      this.from = from;
      this.to = to;
    }

    @Override
    boolean casState(int expected, int update) {
      if (expected != from || update != to) {
        return super.casState(expected, update);
      }
      if (stateVolatile() != from) {
        return false;
      }
      swapState(to);
      return true;
    }
  }

  /** Notes with a descriptor, as far as the queue can see, whose sleeper keeps reading the word. */
  private static final class LoopStrategy implements ParkingStrategy {
    @Override
    public String name() {
      return "loop";
    }

    @Override
    public Note newNote(NoteWord word) {
      return new Note(word) {
        @Override
        public WakeMethod wakeMethod() {
          return WakeMethod.WORD;
        }

        @Override
        public int wakeFd() {
          return 7;
        }

        @Override
        protected void block(long timeoutNanos) {
          Thread.onSpinWait();
        }

        @Override
        protected void unblock() {}
      };
    }
  }
}
