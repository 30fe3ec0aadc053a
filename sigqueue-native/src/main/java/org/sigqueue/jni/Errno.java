package org.sigqueue.jni;

import org.sigqueue.core.source.SignalSourceException;

/** Error numbers of system calls, as the natives return them. */
final class Errno {
  static final int EPERM = 1;
  static final int ESRCH = 3;
  static final int EAGAIN = 11;
  static final int EBUSY = 16;
  static final int ENOSYS = 38;

  private Errno() {}

  /** Throws unless the number is 0. */
  static void check(String what, int signal, int errno) {
    if (errno != 0) {
      check(what + " signal " + signal, errno);
    }
  }

  /** Throws unless the number is 0. */
  static void check(String what, int errno) {
    if (errno != 0) {
      throw new SignalSourceException("cannot " + what + ": " + Shim.strerror(errno), errno);
    }
  }
}
