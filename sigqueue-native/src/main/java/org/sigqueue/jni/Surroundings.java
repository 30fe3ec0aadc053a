package org.sigqueue.jni;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The surroundings of the native library in this process, for people: the place that it comes from,
 * and the system calls that a sandbox or an old kernel refuses. Looked up when it is asked for, by
 * calls that change nothing.
 */
final class Surroundings {
  private Surroundings() {}

  /** Texts by name. The library is loaded. */
  static Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("loaded", NativeLibrary.origin());
    if (!NativeLibrary.passedOver().isEmpty()) {
      facts.put("not loaded", NativeLibrary.passedOver());
    }
    int self = (int) ProcessHandle.current().pid();
    facts.put("rt_sigtimedwait", usable(Shim.refusalToWait()));
    facts.put("tgkill", usable(Shim.tgkill(self, Shim.gettid(), 0)));
    facts.put("pidfd", usable(pidfdRefusal(self)));
    return facts;
  }

  private static int pidfdRefusal(int pid) {
    int fd = Shim.pidfdOpen(pid);
    if (fd < 0) {
      return -fd;
    }
    try {
      return Shim.pidfdSend(fd, 0);
    } finally {
      Shim.pidfdClose(fd);
    }
  }

  private static String usable(int errno) {
    return errno == 0 ? "usable" : "refused: " + Shim.strerror(errno);
  }
}
