package org.sigqueue.jni;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.Delivery;
import org.sigqueue.core.Disposition;
import org.sigqueue.core.LayoutMismatchException;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.SignalSource;
import org.sigqueue.core.SignalSourceException;

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
 * What else is unwise to install in a VM is not this class's to judge.
 */
public final class NativeSignalSource implements SignalSource {
  private static final int EPERM = 1;
  private static final int ESRCH = 3;
  private static final int ENOSYS = 38;

  // Both guarded by this class.
  private static @Nullable SharedBlock sharedBlock;
  private static @Nullable DirectDelivery directDelivery;

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
    synchronized (NativeSignalSource.class) {
      if (sharedBlock == null) {
        NativeLibrary.load();
        sharedBlock = map(Shim.layout());
      }
      return sharedBlock;
    }
  }

  /** Whether the block is the one that this process's handler sends to. */
  static boolean owns(SharedBlock block) {
    synchronized (NativeSignalSource.class) {
      return block == sharedBlock; // this very one, not an equal one
    }
  }

  private DirectDelivery directDelivery() {
    synchronized (NativeSignalSource.class) {
      if (directDelivery == null) {
        directDelivery = new DirectDelivery(this);
      }
      return directDelivery;
    }
  }

  static SharedBlock map(int[] layout) {
    try {
      return SharedBlock.map(Shim.block(), layout, new DirectStrategy());
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
    return DirectDelivery.isRealTime(signal) && reserved().contains(signal)
        ? "the delivery modes use it; -D" + DirectDelivery.PROPERTY + "=m,n moves that use"
        : null;
  }

  /** The two signals that the delivery modes take. */
  SignalSet reserved() {
    DirectDelivery direct = directDelivery();
    synchronized (direct) {
      return direct.reserved();
    }
  }

  @Override
  public void deliver(SignalSet signals, Delivery delivery) {
    DirectDelivery direct = directDelivery();
    synchronized (direct) {
      direct.deliver(signals, delivery);
    }
  }

  @Override
  public Process start(ProcessBuilder builder) throws IOException {
    open();
    return DirectDelivery.start(builder);
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
  public void kill(long pid, int signal) {
    int to = checkedPid(pid, signal);
    check("send process " + pid, signal, Shim.kill(to, signal));
  }

  @Override
  public void queue(long pid, int signal, long value) {
    int to = checkedPid(pid, signal);
    check("queue to process " + pid, signal, Shim.sigqueue(to, signal, value));
  }

  @Override
  public void send(ProcessHandle process, int signal, @Nullable Long value) {
    int pid = checkedPid(process.pid(), signal);
    int fd = Shim.pidfdOpen(pid);
    if (fd == -ENOSYS || fd == -EPERM) { // an old kernel or sandbox: as close to it as can be
      checkAlive(process, signal);
      check("send process " + pid, signal, sendTo(pid, signal, value));
      return;
    }
    check("send process " + pid, signal, Math.max(0, -fd));
    try {
      checkAlive(process, signal); // the pidfd is open: it is this process, and stays it
      int result = value == null ? Shim.pidfdSend(fd, signal) : Shim.pidfdQueue(fd, signal, value);
      check("send process " + pid, signal, result);
    } finally {
      Shim.pidfdClose(fd);
    }
  }

  @Override
  public void die(int signal) {
    prepare(signal);
    Shim.die(signal);
  }

  @Override
  public void dieOnExit(int signal) {
    prepare(signal);
    Shim.dieOnExit(signal);
  }

  private static int sendTo(int pid, int signal, @Nullable Long value) {
    return value == null ? Shim.kill(pid, signal) : Shim.sigqueue(pid, signal, value);
  }

  private int checkedPid(long pid, int signal) {
    SignalSet.bit(signal); // the range check
    if (pid <= 0 || pid > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("process " + pid + " is not in 1.." + Integer.MAX_VALUE);
    }
    open();
    return (int) pid;
  }

  /** A handle knows when its process was started, so it knows a later one of the same pid. */
  private static void checkAlive(ProcessHandle process, int signal) {
    check("send process " + process.pid(), signal, process.isAlive() ? 0 : ESRCH);
  }

  private static void check(String what, int signal, int errno) {
    if (errno != 0) {
      throw new SignalSourceException(
          "cannot " + what + " signal " + signal + ": " + Shim.strerror(errno), errno);
    }
  }
}
