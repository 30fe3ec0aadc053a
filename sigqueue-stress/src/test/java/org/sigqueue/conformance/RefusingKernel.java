package org.sigqueue.conformance;

/** The natives of {@code refusing.c}, in a child that has the property {@code refusing}. */
final class RefusingKernel {
  static {
    System.load(System.getProperty("refusing"));
  }

  private RefusingKernel() {}

  /** Refuses a system call to the library of sigqueue alone; whether there is such a one. */
  static native boolean refuse(String call, int errno);

  /** Refuses nothing more; how many calls were refused. */
  static native long allow();

  /** Installs what is the previous action of a signal from now on. */
  static native void handle(int signal);

  /** How many times that was taken. */
  static native long handled();

  /** Sends this process a signal, whatever is refused. */
  static native void send(int signal);
}
