package org.sigqueue.dispatch;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.sigqueue.ChildChange;
import org.sigqueue.Sender;
import org.sigqueue.Signal;
import org.sigqueue.SignalEvent;
import org.sigqueue.core.Occurrence;

/**
 * The one implementation of {@link SignalEvent}: immutable, except for the object that inline
 * handlers see, which the dispatch loop fills anew for each occurrence.
 */
public final class RecordedEvent implements SignalEvent {
  // si_code; those below zero can be claimed by any process of the same user.
  private static final int SI_USER = 0;
  private static final int SI_QUEUE = -1;
  private static final int SI_TIMER = -2;
  private static final int SI_MESGQ = -3;
  private static final int SI_ASYNCIO = -4;
  private static final int SI_SIGIO = -5;
  private static final int SI_TKILL = -6;
  private static final int MAX_POLL_CODE = 6;
  private static final int MAX_CHILD_CODE = 6;

  /** Apart, because few programs look at children. */
  private static final class ChildKinds {
    static final ChildChange.Kind[] BY_CODE = ChildChange.Kind.values();
  }

  private Signal signal;
  private int code;
  private int pid;
  private int uid;
  private int status;
  private int fd;
  private long count;
  private long sequence;
  private long timeNanos;
  private long value;
  private @Nullable Sender sender; // shared by all copies of an event
  private PreviousAction vote = PreviousAction.NONE;
  private final boolean view;

  private RecordedEvent(boolean view) {
    this.signal = Signal.HUP;
    this.view = view;
  }

  /** Creates the event of an occurrence without a vote. */
  public static RecordedEvent of(Occurrence occurrence) {
    return of(occurrence, PreviousAction.NONE);
  }

  static RecordedEvent of(Occurrence occurrence, PreviousAction vote) {
    RecordedEvent event = new RecordedEvent(false);
    event.fill(occurrence, occurrence.count);
    event.vote = vote;
    if (event.hasSender()) {
      event.sender =
          new Sender(
              occurrence.pid,
              Integer.toUnsignedLong(occurrence.uid),
              occurrence.isVerified(),
              occurrence.timeNanos);
    }
    return event;
  }

  /** Creates the object that inline handlers see. */
  static RecordedEvent view() {
    return new RecordedEvent(true);
  }

  void fill(Occurrence occurrence, long occurrences) {
    signal = Signal.of(occurrence.signal);
    code = occurrence.code;
    pid = occurrence.pid;
    uid = occurrence.uid;
    status = occurrence.status;
    fd = occurrence.fd;
    count = occurrences;
    sequence = occurrence.sequence;
    timeNanos = occurrence.timeNanos;
    value = occurrence.value;
  }

  /** The details as a source has them, to take the previous action with. */
  Occurrence occurrence() {
    Occurrence copy = new Occurrence();
    copy.signal = signal.number();
    copy.code = code;
    copy.pid = pid;
    copy.uid = uid;
    copy.status = status;
    copy.fd = fd;
    copy.count = count;
    copy.sequence = sequence;
    copy.timeNanos = timeNanos;
    copy.value = value;
    return copy;
  }

  /** This event with another number of occurrences. */
  RecordedEvent withCount(long occurrences) {
    if (occurrences == count) {
      return this;
    }
    RecordedEvent copy = new RecordedEvent(false);
    copy.fill(occurrence(), occurrences);
    copy.sender = sender;
    copy.vote = vote;
    return copy;
  }

  /** The vote on the latest occurrence. */
  PreviousAction vote() {
    return vote;
  }

  /** This event, counting an earlier one of the same signal as well. */
  RecordedEvent after(@Nullable RecordedEvent earlier) {
    return earlier == null ? this : withCount(count + earlier.count);
  }

  @Override
  public SignalEvent snapshot() {
    return view ? of(occurrence()) : this;
  }

  @Override
  public Signal signal() {
    return signal;
  }

  @Override
  public long count() {
    return count;
  }

  @Override
  public long sequence() {
    return sequence;
  }

  @Override
  public boolean hasDetails() {
    return code != Occurrence.NO_DETAILS;
  }

  @Override
  public long timeNanos() {
    return timeNanos;
  }

  @Override
  public Cause cause() {
    if (code > 0) {
      return causeOfKernel();
    }
    return switch (code) {
      case SI_USER -> Cause.USER;
      case SI_TKILL -> Cause.THREAD;
      case SI_QUEUE -> Cause.QUEUE;
      case SI_TIMER -> Cause.TIMER;
      case SI_MESGQ -> Cause.MESSAGE_QUEUE;
      case SI_ASYNCIO, SI_SIGIO -> Cause.IO;
      case Occurrence.NO_DETAILS -> Cause.UNKNOWN;
      default -> Cause.OTHER_PROCESS;
    };
  }

  /** The meaning of a positive code depends on the signal. */
  private Cause causeOfKernel() {
    if (signal == Signal.CHLD && code <= MAX_CHILD_CODE) {
      return Cause.CHILD;
    }
    // Any signal can be the one that tells of I/O, see F_SETSIG in fcntl(2).
    return code <= MAX_POLL_CODE && signal != Signal.TRAP && signal != Signal.SYS
        ? Cause.IO
        : Cause.KERNEL;
  }

  private boolean hasSender() {
    return switch (cause()) {
      case USER, THREAD, QUEUE, MESSAGE_QUEUE, OTHER_PROCESS -> true;
      case IO -> code == SI_ASYNCIO;
      default -> false;
    };
  }

  @Override
  public Optional<Sender> sender() {
    if (!hasSender()) {
      return Optional.empty();
    }
    return Optional.of(sender != null ? sender : snapshotSender());
  }

  private Sender snapshotSender() {
    return of(occurrence()).sender().orElseThrow();
  }

  @Override
  public Optional<ChildChange> child() {
    if (cause() != Cause.CHILD) {
      return Optional.empty();
    }
    return Optional.of(
        new ChildChange(pid, Integer.toUnsignedLong(uid), ChildKinds.BY_CODE[code - 1], status));
  }

  @Override
  public OptionalLong value() {
    boolean present =
        switch (cause()) {
          case QUEUE, TIMER, MESSAGE_QUEUE, OTHER_PROCESS -> true;
          case IO -> code == SI_ASYNCIO;
          default -> false;
        };
    return present ? OptionalLong.of(value) : OptionalLong.empty();
  }

  @Override
  public OptionalInt fd() {
    boolean present = cause() == Cause.IO && code != SI_ASYNCIO;
    return present ? OptionalInt.of(fd) : OptionalInt.empty();
  }

  /** The event for people: the signal, how often, and the sender or the cause. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(signal.toString());
    if (count > 1) {
      text.append(" x").append(count);
    }
    Optional<ChildChange> child = child();
    Optional<Sender> from = sender();
    if (child.isPresent()) {
      text.append(": ").append(child.get());
    } else if (from.isPresent()) {
      text.append(" from ").append(from.get());
    } else if (hasDetails()) {
      String cause = cause().name().replace('_', ' ').toLowerCase(Locale.ROOT);
      text.append(" from ").append(cause() == Cause.IO ? "I/O" : cause);
    }
    if (value().isPresent()) {
      text.append(" value ").append(value().getAsLong());
    }
    if (fd().isPresent()) {
      text.append(" on descriptor ").append(fd().getAsInt());
    }
    return text.toString();
  }
}
