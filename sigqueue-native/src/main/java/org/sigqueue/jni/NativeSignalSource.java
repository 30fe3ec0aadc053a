package org.sigqueue.jni;

import static org.sigqueue.jni.Errno.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.LayoutMismatchException;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.source.Disposition;
import org.sigqueue.core.source.ProcessControl;
import org.sigqueue.core.source.SignalSender;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;

/**
 * The signals that the process receives: a handler in C accepts them, on whatever thread the kernel
 * chooses, into a block that is shared with Java.
 *
 * <p>Any number of instances stand for the one source of this process. No method blocks. All but
 * {@link #name} and {@link #priority} load the native library when they are first called, and throw
 * {@link SignalSourceException} if that fails.
 *
 * <p>Signal numbers outside 1 to 64 are refused with {@link IllegalArgumentException}; those that a
 * program cannot catch (SIGKILL, SIGSTOP, and libc's 32 and 33) with {@link SignalSourceException}.
 * Whether it is wise to install a handler for another signal in a VM is not for this class to
 * judge.
 */
public final class NativeSignalSource implements SignalSource, ProcessControl {
  private static final int MAX_LOOK = 1 << 15; // bytes of stack that any VM keeps for native code

  // Both set once, guarded by this class.
  private static volatile @Nullable SharedBlock sharedBlock;
  private static volatile @Nullable ExclusiveDelivery exclusiveDelivery;

  /** Creates a view on the source. Cheap: nothing is loaded. */
  public NativeSignalSource() {}

  @Override
  public String name() {
    return "native";
  }

  @Override
  public int priority() {
    return 100;
  }

  @Override
  public void open() {
    block();
  }

  @Override
  public SharedBlock block() {
    SharedBlock ready = sharedBlock;
    return ready != null ? ready : load();
  }

  private static SharedBlock load() {
    synchronized (NativeSignalSource.class) {
      SharedBlock ready = sharedBlock;
      if (ready == null) {
        NativeLibrary.load();
        ready = map(Shim.block());
        sharedBlock = ready;
      }
      return ready;
    }
  }

  /** The block that this process's handler sends to, if the word is in it; else null. */
  @SuppressWarnings("ReferenceEquality") // this very memory, not an equal one
  static @Nullable SharedBlock blockOf(NoteWord word) {
    SharedBlock ready = sharedBlock;
    return ready != null && ready.memory() == word.memory() ? ready : null;
  }

  private ExclusiveDelivery exclusiveDelivery() {
    synchronized (NativeSignalSource.class) {
      ExclusiveDelivery ready = exclusiveDelivery;
      if (ready == null) {
        ready = new ExclusiveDelivery(this);
        exclusiveDelivery = ready;
      }
      return ready;
    }
  }

  /** For the receiver of this source's block: the kernel refuses to wait. */
  static void leaveIfBrokenDown() {
    ExclusiveDelivery delivery = exclusiveDelivery;
    if (delivery != null) {
      delivery.leave(SignalSet.EMPTY);
    }
  }

  /** For the receiver of this source's block: it waits in the kernel no more. */
  static void endWait() {
    Shim.sigwaitEnd();
    ExclusiveDelivery delivery = exclusiveDelivery;
    if (delivery != null) {
      delivery.tidy();
    }
  }

  static SharedBlock map(ByteBuffer memory) {
    try {
      return SharedBlock.map(memory, new SigwaitStrategy());
    } catch (LayoutMismatchException e) {
      throw new SignalSourceException(String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public void install(int signal) {
    prepare(signal);
    checkChange("install a handler for", signal, Shim.install(signal));
  }

  @Override
  public void ignore(int signal) {
    prepare(signal);
    checkChange("ignore", signal, Shim.ignore(signal));
  }

  private static void checkChange(String what, int signal, int result) {
    if (result == 0) {
      return;
    }
    if (result == Shim.SWALLOWED) {
      throw new SignalSourceException(
          "cannot "
              + what
              + " signal "
              + signal
              + ": libc agreed but the kernel was never asked; libjsig does so for the signals that"
              + " the VM uses itself",
          0);
    }
    if (result == Shim.CLAIMED) {
      throw new SignalSourceException(
          "cannot "
              + what
              + " signal "
              + signal
              + ": another copy of sigqueue in this process has it, that of the class loader "
              + Shim.claimant(signal)
              + "; load sigqueue once, in a common parent",
          Errno.EBUSY);
    }
    check(what, signal, result);
  }

  @Override
  public boolean restore(int signal) {
    prepare(signal);
    int result = Shim.restore(signal);
    if (result == Shim.DISPLACED) {
      return false;
    }
    check("restore the disposition of", signal, result);
    return true;
  }

  @Override
  public @Nullable String refusal(int signal) {
    ExclusiveDelivery delivery = exclusiveDelivery; // none: nothing is taken, and nothing is loaded
    return delivery != null && delivery.reserved().contains(signal)
        ? "exclusive delivery uses it at present; -D"
            + PrivateSignals.PROPERTY
            + "=m,n moves that use"
        : null;
  }

  /** The two signals that exclusive delivery has taken, if any signal is exclusive. */
  SignalSet reserved() {
    return exclusiveDelivery().reserved();
  }

  @Override
  public void enterExclusive(SignalSet signals) {
    exclusiveDelivery().enter(signals);
  }

  @Override
  public void leaveExclusive(SignalSet signals) {
    exclusiveDelivery().leave(signals);
  }

  @Override
  public boolean isSubjectToMasks() {
    return true;
  }

  @Override
  public SignalSet unblockInThisThread(SignalSet signals) {
    open();
    return new SignalSet(Shim.unblock(signals.bits()));
  }

  @Override
  public void blockInThisThread(SignalSet signals) {
    open();
    Shim.blockAgain(signals.bits());
  }

  @Override
  public long findStack(int bytes, long found) {
    if (sharedBlock == null || bytes < 0 || bytes > MAX_LOOK) {
      return SignalSource.super.findStack(bytes, found);
    }
    try {
      return Shim.callBelow(bytes, found);
    } catch (StackOverflowError e) {
      return 0;
    }
  }

  @Override
  public @Nullable String trouble() {
    ExclusiveDelivery delivery = exclusiveDelivery;
    return delivery == null ? null : delivery.trouble();
  }

  @Override
  public Map<String, String> facts() {
    open();
    return Surroundings.facts();
  }

  @Override
  public Process start(ProcessBuilder builder) throws IOException {
    open();
    return ExclusiveDelivery.start(builder);
  }

  @Override
  public Disposition disposition(int signal) {
    return dispositions(signal)[0];
  }

  @Override
  public Disposition previous(int signal) {
    return dispositions(signal)[1];
  }

  private Disposition[] dispositions(int signal) {
    prepare(signal);
    long[] words = new long[Shim.DISPOSITION_LENGTH];
    int result = Shim.disposition(signal, words);
    check("read the disposition of", signal, Math.max(0, -result));
    return new Disposition[] {
      new Disposition(words[0], words[1], words[2], words[3], result == 1),
      new Disposition(words[4], words[5], words[6], words[7], false)
    };
  }

  /** Before every call that takes a signal. */
  private void prepare(int signal) {
    SignalSet.bit(signal); // the range check
    open();
  }

  @Override
  public @Nullable String owner(long handler) {
    open();
    String file = Shim.fileOf(handler);
    return file == null ? null : file.substring(file.lastIndexOf('/') + 1);
  }

  @Override
  public void die(int signal) {
    prepare(signal);
    Shim.restoreTerminal();
    Shim.die(signal);
  }

  @Override
  public void dieOnExit(int signal) {
    if (signal != 0) {
      SignalSet.bit(signal); // the range check
    }
    open();
    Shim.dieOnExit(signal);
  }

  @Override
  public void performDefault(int signal) {
    prepare(signal);
    Shim.performDefault(signal);
  }

  @Override
  public void restoreTerminal() {
    open();
    check("restore the modes of the terminal", Shim.restoreTerminal());
  }

  @Override
  public void notifySupervisor(byte[] address, byte[] message) {
    open();
    check("notify the supervisor", Shim.notifySupervisor(address, message));
  }

  @Override
  public void takePreviousAction(Occurrence occurrence) {
    prepare(occurrence.signal);
    Shim.takePreviousAction(
        occurrence.signal,
        occurrence.code,
        occurrence.pid,
        occurrence.uid,
        occurrence.value,
        occurrence.status);
  }

  @Override
  public SignalSender sender() {
    return new NativeSender(this);
  }

  @Override
  public ProcessControl processControl() {
    return this;
  }
}
