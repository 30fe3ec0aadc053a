package org.sigqueue;

import java.util.Optional;
import org.sigqueue.core.source.SignalSender;
import org.sigqueue.core.source.SignalSourceException;

/**
 * The sending of signals, to this process and others. Any thread may call all of this; nothing
 * blocks. Every method that sends throws {@link SignalSendException} if the signal could not be
 * sent; its {@link SignalSendException#reason} tells why.
 */
public final class SignalSending {
  private final SignalSender sender;

  SignalSending(SignalSender sender) {
    this.sender = sender;
  }

  /**
   * Sends a signal to a process, as {@code kill(2)} does. The pid may belong to another process by
   * now; a {@link ProcessHandle} is safer.
   *
   * @throws IllegalArgumentException if the pid is not positive
   */
  public void send(long pid, Signal signal) {
    sending(() -> sender.kill(pid, signal.number()));
  }

  /**
   * Sends a signal and a value to a process, as {@code sigqueue(3)} does.
   *
   * @throws IllegalArgumentException if the pid is not positive
   */
  public void send(long pid, Signal signal, long value) {
    sending(() -> sender.queue(pid, signal.number(), value));
  }

  /** Sends a signal to this process and to no other that has got its pid since. */
  public void send(ProcessHandle process, Signal signal) {
    sending(() -> sender.send(process, signal.number(), null));
  }

  /** As {@link #send(ProcessHandle, Signal)}, with a value. */
  public void send(ProcessHandle process, Signal signal, long value) {
    sending(() -> sender.send(process, signal.number(), value));
  }

  /**
   * Sends a signal to all processes of a process group, as {@code kill(2)} with a negative number.
   *
   * @param group the group, 2 or more; 0 for that of this process
   * @throws IllegalArgumentException if the group is out of range
   */
  public void sendToGroup(long group, Signal signal) {
    sending(() -> sender.killGroup(group, signal.number()));
  }

  /**
   * Sends a signal to one thread of this process or another, as {@code tgkill(2)} does. Where that
   * thread blocks the signal it stays pending there, also if it is received exclusively.
   *
   * @param tid the thread, by the number that the kernel has for it
   * @throws IllegalArgumentException if a number is out of range
   */
  public void sendToThread(long pid, long tid, Signal signal) {
    sending(() -> sender.killThread(pid, tid, signal.number()));
  }

  /** As {@link #sendToThread(long, long, Signal)}, with a value. */
  public void sendToThread(long pid, long tid, Signal signal, long value) {
    sending(() -> sender.queueThread(pid, tid, signal.number(), value));
  }

  /**
   * Finds out whether a process is there that may be sent signals; sends none.
   *
   * @return empty if there is; else the reason why nothing could be sent: {@link
   *     SignalSendException.Reason#NO_SUCH_PROCESS} or {@link
   *     SignalSendException.Reason#NOT_PERMITTED}; {@link
   *     SignalSendException.Reason#NOT_SUPPORTED_BY_SOURCE} if this source cannot tell
   * @throws IllegalArgumentException if the pid is not positive
   */
  public Optional<SignalSendException.Reason> probe(long pid) {
    try {
      sender.probe(pid);
      return Optional.empty();
    } catch (SignalSourceException e) {
      return Optional.of(new SignalSendException(e).reason());
    }
  }

  private static void sending(Runnable send) {
    try {
      send.run();
    } catch (SignalSourceException e) {
      throw new SignalSendException(e);
    }
  }
}
