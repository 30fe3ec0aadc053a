package org.sigqueue.core.source;

import java.io.IOException;
import org.sigqueue.core.Occurrence;

/** The actions of signals on this process, and the start of children. Any thread may call it. */
public interface ProcessControl {
  /**
   * Ends this process by the default action of a signal, so that its parent sees a death by that
   * signal: restores the default action, unblocks the signal and raises it. Where that does not end
   * the process (the signal's default is another one, or this is the init process of a container)
   * it exits at once with the status 128 + signal. Does not return; runs no shutdown hooks.
   */
  void die(int signal);

  /**
   * Makes every end of this process from now on a death by the signal: that of {@link System#exit}
   * after the shutdown hooks and all else that the JVM does, that of {@link Runtime#halt} at once.
   * Where the signal does not end the process, its exit status stays what it is.
   *
   * @param signal the signal; 0 undoes an earlier call
   */
  void dieOnExit(int signal);

  /**
   * Takes the action that a signal had before the source changed it, as if the source were not
   * there: calls the previous handler, or takes the default action, which may end or stop the
   * process. Runs on the calling thread, for as long as the previous handler does.
   *
   * @param occurrence the signal, and the details that a previous handler sees
   */
  void takePreviousAction(Occurrence occurrence);

  /**
   * Takes the default action of a signal, as if nobody had changed it: ends the process, stops it
   * until it is continued, or does nothing. Nothing else of this process runs before its end.
   * Blocks while the process is stopped.
   *
   * @throws IllegalArgumentException if the signal is out of range
   * @throws SignalSourceException if this source cannot do that
   */
  default void performDefault(int signal) {
    throw new SignalSourceException("this source cannot take default actions", 38); // ENOSYS
  }

  /**
   * Starts a child that does not inherit that signals are blocked for exclusive delivery. If some
   * hundred of such signals come meanwhile the child inherits it all the same: the calling thread
   * is the only one that gets them, and has to block them to get on.
   */
  default Process start(ProcessBuilder builder) throws IOException {
    return builder.start();
  }

  /**
   * Puts the modes of the terminal (echo, lines) back to what they were when the source was opened
   * first: for an end of the process without its hooks, which may come during a password prompt.
   * Does nothing where there is no terminal or the process is in the background. Does not block.
   *
   * @throws SignalSourceException if the system refuses
   */
  default void restoreTerminal() {}

  /**
   * Sends a message to the supervisor of this process, as {@code sd_notify(3)} does: one datagram
   * to a Unix socket. Waits a second at most for room in the socket.
   *
   * @param address a path, or {@code @} and a name in the abstract namespace
   * @throws SignalSourceException if this source cannot, or if the system refuses
   */
  default void notifySupervisor(byte[] address, byte[] message) {
    throw new SignalSourceException("this source has no datagram sockets", 0);
  }
}
