package org.sigqueue.core;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The memory that a queue shares with its senders: the engine's words, the counters, and the ring
 * of occurrence records. C signal handlers may write to it at any time.
 *
 * <p>This is the one description of the layout on the Java side; {@code sigshim.h} is the other
 * side, and {@link #map} checks when a block is taken over that the two agree.
 */
public final class SharedBlock extends EngineWords {
  /** "SIGQ": the first word of every block. */
  static final int MAGIC_VALUE = 0x53494751;

  /** Changes whenever an offset or a meaning does. */
  static final int VERSION_VALUE = 2;

  // Identity, written once.
  static final int MAGIC = 0;
  static final int VERSION = 4;
  static final int BLOCK_BYTES = 8;
  static final int RING_CAPACITY = 12;
  static final int CELL_BYTES = 16;
  // Where senders and the receiver meet: changed by both.
  static final int MASK = 64;
  static final int STATE = 72;
  static final int INCONSISTENT = 76; // counts what a handler may not throw
  // The note: the word by both, how to wake by the receiver.
  static final int NOTE = 128;
  static final int WAKE = 132; // HandlerWake.code
  static final int WAKE_FD = 136;
  static final int SLEEPER = 140; // the thread that waits for signals in the kernel
  // What the receiver's side wants: read by senders.
  static final int WANTED = 192;
  static final int DRAINING = 200; // signals whose last sender out must announce
  static final int FORWARD = 208; // signals whose previous handler is called as well
  static final int DIRECT = 216; // signals that the receiver waits for in the kernel
  static final int BLOCKED = 224; // signals that every thread is to block
  // The ring: the tail belongs to the senders, the head to the receiver.
  static final int RING_TAIL = 256;
  static final int RING_HEAD = 320;
  // Per signal, indexed by its number: changed by senders.
  static final int SIGNALS = 384;
  static final int SIGNAL_BYTES = 32;
  static final int ACCEPTED = 0;
  static final int LOST = 8;
  static final int IN_FLIGHT = 16;
  // The ring's cells; their fields are in OccurrenceRing.
  static final int CELLS = 2496;

  private static final int ALIGNMENT = 64;

  private static final VarHandle LONGS =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final VarHandle INTS =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private final ByteBuffer memory;
  private final ParkingStrategy sleeper;
  private final boolean handlersSend;
  private volatile @Nullable SignalQueue queue; // the latest receiver's; for senders in Java

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
    int bytes = CELLS + ringCapacity * OccurrenceRing.CELL_BYTES;
    ByteBuffer memory =
        ByteBuffer.allocateDirect(bytes + ALIGNMENT)
            .alignedSlice(ALIGNMENT)
            .slice(0, bytes)
            .order(ByteOrder.nativeOrder());
    memory.putInt(MAGIC, MAGIC_VALUE);
    memory.putInt(VERSION, VERSION_VALUE);
    memory.putInt(BLOCK_BYTES, bytes);
    memory.putInt(RING_CAPACITY, ringCapacity);
    memory.putInt(CELL_BYTES, OccurrenceRing.CELL_BYTES);
    return new SharedBlock(memory, ParkingStrategies.PARK, false);
  }

  /**
   * Takes over a block that handlers in native code send to.
   *
   * @param memory the whole block, a direct buffer that stays valid for ever
   * @param layout the offsets as the native side has them, in the order of {@link #layout()}
   * @param sleeper the strategy that such handlers wake best
   * @throws LayoutMismatchException if the two sides disagree about the layout
   */
  public static SharedBlock map(ByteBuffer memory, int[] layout, ParkingStrategy sleeper) {
    ByteBuffer block = memory.duplicate().order(ByteOrder.nativeOrder());
    LayoutMismatchException.check("size of the header", CELLS, Math.min(block.capacity(), CELLS));
    LayoutMismatchException.check("magic", MAGIC_VALUE, block.getInt(MAGIC));
    LayoutMismatchException.check("version", VERSION_VALUE, block.getInt(VERSION));
    LayoutMismatchException.check("block size", block.capacity(), block.getInt(BLOCK_BYTES));
    LayoutMismatchException.check("cell size", OccurrenceRing.CELL_BYTES, block.getInt(CELL_BYTES));
    int capacity = block.getInt(RING_CAPACITY);
    LayoutMismatchException.check("ring capacity's bits", 1, Integer.bitCount(capacity));
    LayoutMismatchException.check(
        "block size for the ring",
        Math.max(block.capacity(), CELLS + capacity * OccurrenceRing.CELL_BYTES),
        block.capacity());
    LayoutMismatchException.check("number of offsets", layout().length, layout.length);
    for (int i = 0; i < layout.length; i++) {
      LayoutMismatchException.check("offset " + i + " of the layout", layout()[i], layout[i]);
    }
    return new SharedBlock(block, sleeper, true);
  }

  /** The offsets as the Java side has them: the words in ascending order, then those of a cell. */
  static int[] layout() {
    return new int[] {
      MAGIC,
      VERSION,
      BLOCK_BYTES,
      RING_CAPACITY,
      CELL_BYTES,
      MASK,
      STATE,
      INCONSISTENT,
      NOTE,
      WAKE,
      WAKE_FD,
      SLEEPER,
      WANTED,
      DRAINING,
      FORWARD,
      DIRECT,
      BLOCKED,
      RING_TAIL,
      RING_HEAD,
      SIGNALS,
      SIGNAL_BYTES,
      ACCEPTED,
      LOST,
      IN_FLIGHT,
      CELLS,
      OccurrenceRing.TURN,
      OccurrenceRing.SIGNAL,
      OccurrenceRing.CODE,
      OccurrenceRing.PID,
      OccurrenceRing.UID,
      OccurrenceRing.VALUE,
      OccurrenceRing.STATUS,
      OccurrenceRing.TID,
      OccurrenceRing.TIME_NANOS,
    };
  }

  /** The signals that senders accept. */
  public SignalSet wanted() {
    return new SignalSet((long) LONGS.getAcquire(memory, WANTED));
  }

  /** Makes senders accept a signal from now on. */
  public void want(int signal) {
    LONGS.getAndBitwiseOr(memory, WANTED, SignalSet.bit(signal));
  }

  /** Makes senders refuse a signal from now on; those {@link #inFlight} may have accepted it. */
  public void unwant(int signal) {
    LONGS.getAndBitwiseAnd(memory, WANTED, ~SignalSet.bit(signal));
  }

  /**
   * Asks the last sender of each of these signals that is in flight to announce when it has left.
   * Receiver only. Look at {@link #inFlight} after this: of the two sides at least one sees the
   * other.
   */
  public void setDraining(SignalSet signals) {
    LONGS.setVolatile(memory, DRAINING, signals.bits());
  }

  /**
   * Makes handlers call the previous handler of these signals as well, after they have accepted
   * one: for signals that somebody else needs to see too.
   */
  public void setForwarding(SignalSet signals) {
    LONGS.setVolatile(memory, FORWARD, signals.bits());
  }

  /** The signals that the receiver waits for in the kernel: all that is not by the handler. */
  public SignalSet direct() {
    return new SignalSet((long) LONGS.getVolatile(memory, DIRECT));
  }

  /** Whether there are signals that the receiver waits for in the kernel. */
  public boolean hasDirect() {
    return (long) LONGS.getVolatile(memory, DIRECT) != 0;
  }

  /** How a signal reaches the receiver. */
  public Delivery delivery(int signal) {
    long bit = SignalSet.bit(signal);
    if (((long) LONGS.getVolatile(memory, DIRECT) & bit) == 0) {
      return Delivery.HANDLER;
    }
    return ((long) LONGS.getVolatile(memory, BLOCKED) & bit) == 0
        ? Delivery.STEERED
        : Delivery.EXCLUSIVE;
  }

  /** Whether the thread with this number waits in the kernel for signals, or did so last. */
  public boolean isSleeper(int tid) {
    return (int) INTS.getVolatile(memory, SLEEPER) == tid;
  }

  boolean isDraining(int signal) {
    return ((long) LONGS.getVolatile(memory, DRAINING) & SignalSet.bit(signal)) != 0;
  }

  /** How many times the signal was accepted. Grows only. */
  public long accepted(int signal) {
    return (long) LONGS.getVolatile(memory, perSignal(signal) + ACCEPTED);
  }

  /** How many of the {@link #accepted} left no record, because the ring was full. Grows only. */
  public long lost(int signal) {
    return (long) LONGS.getVolatile(memory, perSignal(signal) + LOST);
  }

  /** How many senders are between entering and leaving with this signal. */
  public int inFlight(int signal) {
    return (int) INTS.getVolatile(memory, perSignal(signal) + IN_FLIGHT);
  }

  /**
   * How many inconsistencies senders have found that they could not throw; 0 unless there is a bug.
   */
  public int inconsistencies() {
    return (int) INTS.getVolatile(memory, INCONSISTENT);
  }

  /** How many records the ring holds at most. */
  public int ringCapacity() {
    return memory.getInt(RING_CAPACITY);
  }

  void attach(SignalQueue receiving) {
    queue = receiving;
  }

  /** The queue over this block. */
  SignalQueue queue() {
    SignalQueue attached = queue;
    if (attached == null) {
      throw new IllegalStateException("no SignalQueue is over this block yet");
    }
    return attached;
  }

  void addAccepted(int signal) {
    LONGS.getAndAdd(memory, perSignal(signal) + ACCEPTED, 1L);
  }

  void addLost(int signal) {
    LONGS.getAndAdd(memory, perSignal(signal) + LOST, 1L);
  }

  /** Counts a sender in (1) or out (-1) and returns how many are in flight now. */
  int addInFlight(int signal, int change) {
    return (int) INTS.getAndAdd(memory, perSignal(signal) + IN_FLIGHT, change) + change;
  }

  /** Tells handlers how to wake this note. */
  void setWakeRelease(ParkingStrategy strategy, Note note) {
    if (handlersSend && note.handlerWake() == HandlerWake.NONE) {
      throw new IllegalArgumentException(
          "parking strategy '" + strategy.name() + "' cannot be woken from a signal handler");
    }
    if (!direct().isEmpty() && note.handlerWake() != HandlerWake.DIRECT) {
      throw new IllegalArgumentException(
          "parking strategy '"
              + strategy.name()
              + "' does not wait in the kernel for "
              + direct()
              + ", which come no other way");
    }
    INTS.setRelease(memory, WAKE_FD, note.wakeFd());
    INTS.setRelease(memory, WAKE, note.handlerWake().code());
  }

  long ringTailAcquire() {
    return (long) LONGS.getAcquire(memory, RING_TAIL);
  }

  boolean casRingTail(long expected, long update) {
    return LONGS.compareAndSet(memory, RING_TAIL, expected, update);
  }

  long ringHead() {
    return (long) LONGS.get(memory, RING_HEAD);
  }

  /** The head is read by nobody but the receiver, and by people with a debugger. */
  void setRingHead(long position) {
    LONGS.setOpaque(memory, RING_HEAD, position);
  }

  long longAcquire(int offset) {
    return (long) LONGS.getAcquire(memory, offset);
  }

  void setLongRelease(int offset, long value) {
    LONGS.setRelease(memory, offset, value);
  }

  @Override
  long orMask(long bits) {
    return (long) LONGS.getAndBitwiseOr(memory, MASK, bits);
  }

  @Override
  long swapMask() {
    return (long) LONGS.getAndSet(memory, MASK, 0L);
  }

  @Override
  int stateVolatile() {
    return (int) INTS.getVolatile(memory, STATE);
  }

  @Override
  boolean casState(int expected, int update) {
    return INTS.compareAndSet(memory, STATE, expected, update);
  }

  @Override
  int swapState(int update) {
    return (int) INTS.getAndSet(memory, STATE, update);
  }

  @Override
  public int noteVolatile() {
    return (int) INTS.getVolatile(memory, NOTE);
  }

  @Override
  public void setNoteRelease(int bits) {
    INTS.setRelease(memory, NOTE, bits);
  }

  @Override
  public int orNote(int bits) {
    return (int) INTS.getAndBitwiseOr(memory, NOTE, bits);
  }

  @Override
  public int andNote(int bits) {
    return (int) INTS.getAndBitwiseAnd(memory, NOTE, bits);
  }

  @Override
  public ByteBuffer memory() {
    return memory;
  }

  @Override
  public int noteOffset() {
    return NOTE;
  }

  @Override
  public ParkingStrategy sleeper() {
    return sleeper;
  }

  private static int perSignal(int signal) {
    SignalSet.bit(signal); // the range check
    return SIGNALS + signal * SIGNAL_BYTES;
  }
}
