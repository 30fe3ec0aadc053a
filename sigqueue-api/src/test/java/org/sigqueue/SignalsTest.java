package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The notifier of the process and its short forms, in a process of their own. */
@Timeout(400)
class SignalsTest {
  @Test
  void shortFormsDoWhatTheySay(@TempDir Path directory) throws Exception {
    ChildJvm.Result result = new ChildJvm(directory).run(SignalsProgram.class);
    assertEquals(
        List.of(
            "process: true",
            "configure twice: refused",
            "notify, raise: SIGHUP",
            "send: SIGHUP",
            "stop: false",
            "subscribe: SIGUSR1 true",
            "observe: true seen [SIGUSR1]",
            "once receives: true",
            "once calls: 1 on sigqueue-worker, ended true",
            "once lets the second through: true",
            "once failures: 1",
            "once in a storm: true",
            "once is over: false",
            "await: SIGINT, goes on false",
            "flag: false true",
            "notifyContext: true",
            "interrupted await: goes on false",
            "ignore: true",
            "reset: false",
            "refused: SIGKILL",
            "performDefault: this source cannot take default actions"),
        result.out(),
        result::log);
    assertEquals(0, result.status(), result::log);
  }
}
