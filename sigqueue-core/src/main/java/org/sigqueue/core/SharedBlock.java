package org.sigqueue.core;

import static org.sigqueue.core.BlockLayout.*;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.park.WakeMethod;

/**
 * The memory that a queue shares with its senders: the engine's words, the counters, and the ring
 * of occurrence records. C signal handlers may write to it at any time.
 *
 * <p>{@link BlockLayout} is the layout. {@link #map} checks that native code was built for the
 * same.
 */
public final class SharedBlock extends QueueWords {
  /** The version of the layout, and of all else that native code shares with Java. */
  public static final int VERSION = VALUE_VERSION;

  private static final int ALIGNMENT = 64;

  private static final VarHandle LONGS =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final VarHandle INTS =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private final ByteBuffer memory;
  private final ParkingStrategy sleeper;
  private final boolean handlersSend;
  private final SignalQueue queue = SignalQueue.on(this);
  private final AtomicReference<@Nullable Object> attachment = new AtomicReference<>();

  private SharedBlock(ByteBuffer memory, ParkingStrategy sleeper, boolean handlersSend) {
    this.memory = memory;
    this.sleeper = sleeper;
    this.handlersSend = handlersSend;
  }

  /**
   * Creates a block whose senders are Java code.
   *
   * @param ringCapacity how many occurrence records the ring holds, a power of two
   */
  public static SharedBlock allocate(int ringCapacity) {
    if (ringCapacity < 1 || ringCapacity > 1 << 20 || Integer.bitCount(ringCapacity) != 1) {
      throw new IllegalArgumentException(
          "ring capacity " + ringCapacity + " is not a power of two in 1..1048576");
    }
    int bytes = BLOCK_CELLS + ringCapacity * CELL_BYTES;
    ByteBuffer memory =
        ByteBuffer.allocateDirect(bytes + ALIGNMENT)
            .alignedSlice(ALIGNMENT)
            .slice(0, bytes)
            .order(ByteOrder.nativeOrder());
    memory.putInt(BLOCK_MAGIC, VALUE_MAGIC);
    memory.putInt(BLOCK_VERSION, VALUE_VERSION);
    memory.putInt(BLOCK_SIZE, bytes);
    memory.putInt(BLOCK_RING_CAPACITY, ringCapacity);
    memory.putInt(BLOCK_CELL_SIZE, CELL_BYTES);
    return new SharedBlock(memory, ParkingStrategies.PARK, false);
  }

  /**
   * Takes over a block that handlers in native code send to.
   *
   * @param memory the whole block, a direct buffer that stays valid for ever
   * @param sleeper the strategy that such handlers wake best
   * @throws LayoutMismatchException if the two sides disagree about the layout
   */
  public static SharedBlock map(ByteBuffer memory, ParkingStrategy sleeper) {
    ByteBuffer block = memory.duplicate().order(ByteOrder.nativeOrder());
    LayoutMismatchException.check(
        "size of the header", BLOCK_CELLS, Math.min(block.capacity(), BLOCK_CELLS));
    LayoutMismatchException.check("magic", VALUE_MAGIC, block.getInt(BLOCK_MAGIC));
    LayoutMismatchException.check("version", VALUE_VERSION, block.getInt(BLOCK_VERSION));
    LayoutMismatchException.check("block size", block.capacity(), block.getInt(BLOCK_SIZE));
    LayoutMismatchException.check("cell size", CELL_BYTES, block.getInt(BLOCK_CELL_SIZE));
    int capacity = block.getInt(BLOCK_RING_CAPACITY);
    LayoutMismatchException.check("ring capacity's bits", 1, Integer.bitCount(capacity));
    LayoutMismatchException.check(
        "block size for the ring",
        Math.max(block.capacity(), BLOCK_CELLS + capacity * CELL_BYTES),
        block.capacity());
    return new SharedBlock(block, sleeper, true);
  }

  /** The signals that senders accept. */
  public SignalSet wanted() {
    // volatile: a sender counts itself in flight before this, and the receiver's side changes this
    // before it looks at inFlight.
    return new SignalSet((long) LONGS.getVolatile(memory, BLOCK_WANTED));
  }

  /** Makes senders accept a signal from now on. */
  public void want(int signal) {
    LONGS.getAndBitwiseOr(memory, BLOCK_WANTED, SignalSet.bit(signal));
  }

  /** Makes senders refuse a signal from now on; those {@link #inFlight} may have accepted it. */
  public void unwant(int signal) {
    LONGS.getAndBitwiseAnd(memory, BLOCK_WANTED, ~SignalSet.bit(signal));
  }

  /**
   * Asks the last sender of each of these signals that is in flight to announce when it has left.
   * Receiver only. Look at {@link #isQuiescent} after this: of the two sides at least one sees the
   * other.
   */
  public void setDrainingBits(long signals) {
    LONGS.setVolatile(memory, BLOCK_DRAINING, signals);
  }

  /**
   * Makes handlers call the previous handler of these signals as well, after they have accepted
   * one: for signals that somebody else needs to see too.
   */
  public void setForwarding(SignalSet signals) {
    LONGS.setVolatile(memory, BLOCK_FORWARD, signals.bits());
  }

  /** The signals that every thread blocks, and that the receiver waits for in the kernel. */
  public SignalSet exclusive() {
    return new SignalSet((long) LONGS.getVolatile(memory, BLOCK_EXCLUSIVE));
  }

  /** Whether a signal is {@link #wanted}. Makes no object. */
  public boolean isWanted(int signal) {
    return ((long) LONGS.getVolatile(memory, BLOCK_WANTED) & SignalSet.bit(signal)) != 0;
  }

  /** The signals that are {@link #wanted} and not {@link #exclusive}, as bits: makes no object. */
  public long wantedByHandlerBits() {
    long wanted = (long) LONGS.getVolatile(memory, BLOCK_WANTED);
    return wanted & ~(long) LONGS.getVolatile(memory, BLOCK_EXCLUSIVE);
  }

  /** Whether a signal is {@link #exclusive}. */
  public boolean isExclusive(int signal) {
    return ((long) LONGS.getVolatile(memory, BLOCK_EXCLUSIVE) & SignalSet.bit(signal)) != 0;
  }

  /**
   * Whether signals may wait for the receiver in the kernel: some are {@link #exclusive}, or were
   * when it last slept.
   */
  public boolean hasSignalsInKernel() {
    return (long) LONGS.getVolatile(memory, BLOCK_EXCLUSIVE) != 0
        || (int) INTS.getVolatile(memory, BLOCK_SLEEPER) != 0;
  }

  /** Whether the thread with this number sleeps in the kernel, or did so last as the receiver. */
  public boolean isSleeper(int tid) {
    return (int) INTS.getVolatile(memory, BLOCK_SLEEPER) == tid
        || (int) INTS.getVolatile(memory, BLOCK_LOAN_SLEEPER) == tid;
  }

  /** How many times the signal was accepted. Grows only. */
  public long accepted(int signal) {
    return (long) LONGS.getVolatile(memory, perSignal(signal) + SIGNAL_ACCEPTED);
  }

  /** How many of the {@link #accepted} left no record, because the ring was full. Grows only. */
  public long lost(int signal) {
    return (long) LONGS.getVolatile(memory, perSignal(signal) + SIGNAL_LOST);
  }

  /** How many senders are between entering and leaving with this signal. */
  public int inFlight(int signal) {
    return (int) INTS.getVolatile(memory, perSignal(signal) + SIGNAL_IN_FLIGHT);
  }

  /**
   * Whether no sender is in flight with this signal but those that were written off. One caller at
   * a time.
   */
  public boolean isQuiescent(int signal) {
    int inFlight = inFlight(signal);
    int writtenOff = (int) INTS.getVolatile(memory, perSignal(signal) + SIGNAL_WRITTEN_OFF);
    if (inFlight < writtenOff) { // one of them has come back
      INTS.setVolatile(memory, perSignal(signal) + SIGNAL_WRITTEN_OFF, inFlight);
    }
    return inFlight <= writtenOff;
  }

  /**
   * Gives up waiting for the senders that are in flight with this signal, so that {@link
   * #isQuiescent} holds until others follow. For senders that never leave: a thread that was
   * cancelled or killed inside the handler, or that a debugger has stopped there. One caller at a
   * time.
   *
   * <p>A sender that comes back after all may still accept one occurrence, as any late one, and may
   * once let {@code isQuiescent} overlook another sender.
   */
  public void writeOff(int signal) {
    INTS.setVolatile(memory, perSignal(signal) + SIGNAL_WRITTEN_OFF, inFlight(signal));
  }

  /**
   * How many inconsistencies senders have found that they could not throw; 0 unless there is a bug.
   */
  public int inconsistencies() {
    return (int) INTS.getVolatile(memory, BLOCK_INCONSISTENT);
  }

  /** How many records the ring holds at most. */
  public int ringCapacity() {
    return memory.getInt(BLOCK_RING_CAPACITY);
  }

  /** The object that the user of this block has attached to it; null if there is none. */
  public @Nullable Object attachment() {
    return attachment.get();
  }

  /** Attaches an object, for good: the parts of a program that use this block find each other. */
  public void attach(Object object) {
    attachment.compareAndSet(null, object);
  }

  /** The queue whose words are in this block. */
  public SignalQueue queue() {
    return queue;
  }

  void addAccepted(int signal) {
    LONGS.getAndAdd(memory, perSignal(signal) + SIGNAL_ACCEPTED, 1L);
  }

  void addLost(int signal) {
    LONGS.getAndAdd(memory, perSignal(signal) + SIGNAL_LOST, 1L);
  }

  /** Counts a sender in. */
  void enter(int signal) {
    INTS.getAndAdd(memory, perSignal(signal) + SIGNAL_IN_FLIGHT, 1);
  }

  /**
   * Counts a sender out, and returns whether it was the last one of a signal that is being drained.
   */
  boolean leave(int signal) {
    int left = (int) INTS.getAndAdd(memory, perSignal(signal) + SIGNAL_IN_FLIGHT, -1) - 1;
    return ((long) LONGS.getVolatile(memory, BLOCK_DRAINING) & SignalSet.bit(signal)) != 0
        && left <= (int) INTS.getVolatile(memory, perSignal(signal) + SIGNAL_WRITTEN_OFF);
  }

  /**
   * Checks that the senders of this block can wake a receiver that parks with a strategy.
   *
   * @throws IllegalArgumentException if they cannot
   */
  public void checkWakeMethod(ParkingStrategy strategy) {
    Note note = strategy.newNote(this);
    try {
      check(strategy, note);
    } finally {
      note.close();
    }
  }

  private void check(ParkingStrategy strategy, Note note) {
    if (handlersSend && note.wakeMethod() == WakeMethod.NONE) {
      throw new IllegalArgumentException(
          "parking strategy '" + strategy.name() + "' cannot be woken from a signal handler");
    }
  }

  @Override
  void setWakeMethod(ParkingStrategy strategy, Note note) {
    check(strategy, note);
    if (!exclusive().isEmpty() && note.wakeMethod() != WakeMethod.SIGWAIT) {
      throw new IllegalArgumentException(
          "parking strategy '"
              + strategy.name()
              + "' does not wait in the kernel for "
              + exclusive()
              + ", which come no other way");
    }
    INTS.setRelease(memory, BLOCK_WAKE_FD, note.wakeFd());
    INTS.setRelease(memory, BLOCK_WAKE, note.wakeMethod().code());
  }

  long ringTailAcquire() {
    return (long) LONGS.getAcquire(memory, BLOCK_RING_TAIL);
  }

  boolean casRingTail(long expected, long update) {
    return LONGS.compareAndSet(memory, BLOCK_RING_TAIL, expected, update);
  }

  long ringHead() {
    return (long) LONGS.get(memory, BLOCK_RING_HEAD);
  }

  /** The receiver alone reads the head; it is here for debuggers. */
  void setRingHead(long position) {
    LONGS.setOpaque(memory, BLOCK_RING_HEAD, position);
  }

  long longAcquire(int offset) {
    return (long) LONGS.getAcquire(memory, offset);
  }

  void setLongRelease(int offset, long value) {
    LONGS.setRelease(memory, offset, value);
  }

  boolean casLong(int offset, long expected, long update) {
    return LONGS.compareAndSet(memory, offset, expected, update);
  }

  @Override
  long orMask(long bits) {
    return (long) LONGS.getAndBitwiseOr(memory, BLOCK_MASK, bits);
  }

  @Override
  long maskVolatile() {
    return (long) LONGS.getVolatile(memory, BLOCK_MASK);
  }

  @Override
  NoteWord newLoanWord() {
    return new LoanNoteWord(memory, sleeper);
  }

  @Override
  void setLoanWakeMethod(Note note) {
    INTS.setRelease(memory, BLOCK_LOAN_WAKE_FD, note.wakeFd());
    INTS.setRelease(memory, BLOCK_LOAN_WAKE, note.wakeMethod().code());
  }

  @Override
  long swapMask() {
    return (long) LONGS.getAndSet(memory, BLOCK_MASK, 0L);
  }

  @Override
  int stateVolatile() {
    return (int) INTS.getVolatile(memory, BLOCK_STATE);
  }

  @Override
  boolean casState(int expected, int update) {
    return INTS.compareAndSet(memory, BLOCK_STATE, expected, update);
  }

  @Override
  int swapState(int update) {
    return (int) INTS.getAndSet(memory, BLOCK_STATE, update);
  }

  @Override
  public int noteVolatile() {
    return (int) INTS.getVolatile(memory, BLOCK_NOTE);
  }

  @Override
  public void setNoteRelease(int bits) {
    INTS.setRelease(memory, BLOCK_NOTE, bits);
  }

  @Override
  public int orNote(int bits) {
    return (int) INTS.getAndBitwiseOr(memory, BLOCK_NOTE, bits);
  }

  @Override
  public int andNote(int bits) {
    return (int) INTS.getAndBitwiseAnd(memory, BLOCK_NOTE, bits);
  }

  @Override
  public ByteBuffer memory() {
    return memory;
  }

  @Override
  public int noteOffset() {
    return BLOCK_NOTE;
  }

  @Override
  public ParkingStrategy sleeper() {
    return sleeper;
  }

  private static int perSignal(int signal) {
    SignalSet.bit(signal); // the range check
    return BLOCK_SIGNALS + signal * SIGNAL_BYTES;
  }
}
