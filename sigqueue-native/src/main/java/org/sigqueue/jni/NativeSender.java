package org.sigqueue.jni;

import static org.sigqueue.jni.Errno.check;

import org.jspecify.annotations.Nullable;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.source.SignalSender;
import org.sigqueue.core.source.SignalSourceException;

/**
 * The sending of real signals. Any thread; nothing blocks. Signal numbers outside 1 to 64, and
 * numbers that no process or thread has, are refused with {@link IllegalArgumentException}.
 */
final class NativeSender implements SignalSender {
  private final NativeSignalSource source;

  NativeSender(NativeSignalSource source) {
    this.source = source;
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
    if (fd == -Errno.ENOSYS
        || fd == -Errno.EPERM) { // an old kernel or sandbox: as close to it as can be
      checkAlive(process, signal);
      check("send process " + pid, signal, sendTo(pid, signal, value));
      return;
    }
    check("send process " + pid, signal, Math.max(0, -fd));
    try {
      checkAlive(process, signal); // the pidfd is open: it is this process, and stays it
      int result = value == null ? Shim.pidfdSend(fd, signal) : Shim.pidfdQueue(fd, signal, value);
      // A sandbox may allow the one call and refuse the other. It was alive a moment ago.
      boolean refused = result == Errno.ENOSYS || result == Errno.EPERM;
      check("send process " + pid, signal, refused ? sendTo(pid, signal, value) : result);
    } finally {
      Shim.pidfdClose(fd);
    }
  }

  @Override
  public void killGroup(long group, int signal) {
    SignalSet.bit(signal); // the range check
    if (group < 0 || group == 1 || group > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "process group " + group + " is not 0 or in 2.." + Integer.MAX_VALUE);
    }
    source.open();
    check("send process group " + group, signal, Shim.kill((int) -group, signal));
  }

  @Override
  public void probe(long pid) {
    int errno = Shim.kill(checkedNumber("process", pid), 0);
    if (errno != 0) {
      throw new SignalSourceException(
          "process " + pid + " cannot be sent signals: " + Shim.strerror(errno), errno);
    }
  }

  @Override
  public void killThread(long pid, long tid, int signal) {
    int to = checkedPid(pid, signal);
    int thread = checkedNumber("thread", tid);
    check("send thread " + tid, signal, Shim.tgkill(to, thread, signal));
  }

  @Override
  public void queueThread(long pid, long tid, int signal, long value) {
    int to = checkedPid(pid, signal);
    int thread = checkedNumber("thread", tid);
    check("queue to thread " + tid, signal, Shim.tgsigqueue(to, thread, signal, value));
  }

  private static int sendTo(int pid, int signal, @Nullable Long value) {
    return value == null ? Shim.kill(pid, signal) : Shim.sigqueue(pid, signal, value);
  }

  private int checkedPid(long pid, int signal) {
    SignalSet.bit(signal); // the range check
    return checkedNumber("process", pid);
  }

  private int checkedNumber(String what, long number) {
    if (number <= 0 || number > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          what + " " + number + " is not in 1.." + Integer.MAX_VALUE);
    }
    source.open();
    return (int) number;
  }

  /** A handle knows when its process was started, so it knows a later one of the same pid. */
  private static void checkAlive(ProcessHandle process, int signal) {
    check("send process " + process.pid(), signal, process.isAlive() ? 0 : Errno.ESRCH);
  }
}
