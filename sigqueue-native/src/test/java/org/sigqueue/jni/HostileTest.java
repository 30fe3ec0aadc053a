package org.sigqueue.jni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Exclusive delivery beside threads that do not answer, runtimes that use its signals, and in front
 * of a kernel that refuses: each in a JVM of its own, with a deadline.
 */
@Timeout(300)
class HostileTest {
  private static final int DEATH_BY_USR1 = 128 + 10;

  private static ChildJvm.Result run(ChildJvm jvm, String... arguments) throws Exception {
    return jvm.program(HostileScenarios.class, arguments);
  }

  private static String succeeds(ChildJvm jvm, String... arguments) throws Exception {
    ChildJvm.Result result = run(jvm, arguments);
    assertTrue(result.output().endsWith("done\n"), result.output());
    assertEquals(0, result.status(), result.output());
    return result.output();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "leaveWhileAThreadIsStopped",
        "enterWhileAThreadIsStopped",
        "threadsThatBlockAllAreToldOnce",
        "leaveWhatOneThreadHasBlocked",
        "leaveWhatANewThreadHasBlockedWhileAnotherIsStopped",
        "leaveWhatWasBlockedForAMoment",
        "leaveWhatWasPutBackTooLate",
        "leaveBesideCriticalSections",
        "enterWithAFullQueue",
        "leaveWithAFullQueue"
      })
  void goesForward(String scenario) throws Exception {
    succeeds(new ChildJvm(), scenario);
  }

  /** 61 is the signal that wakes the receiver, and 63 the one that tells threads. */
  @ParameterizedTest
  @ValueSource(strings = {"45", "45,61", "45,61,63", "10,45,46,61"})
  void whatTheParentHasBlockedStaysBlocked(String blocked) throws Exception {
    succeeds(
        new ChildJvm().under(Hostile.PROGRAM, blocked), "leaveWhatTheParentHasBlocked", blocked);
  }

  @ParameterizedTest
  @ValueSource(strings = {"higher", "lower"})
  void collectorThatTakesAPrivateSignalWorksAndIsNamed(String which) throws Exception {
    succeeds(new ChildJvm(), "collectorTakesAPrivateSignal", which);
    succeeds(new ChildJvm(), "leaveAfterACollectorTookThePrivateSignal", which);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rt_sigtimedwait 1",
        "rt_sigtimedwait 38",
        "rt_tgsigqueueinfo 1",
        "rt_tgsigqueueinfo 38",
        "rt_tgsigqueueinfo 11",
        "readlinkat 13"
      })
  void refusalIsKnownAtOnce(String call) throws Exception {
    succeeds(new ChildJvm(), "enterInASandbox", call);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rt_sigtimedwait,tgkill,pidfd_send_signal", "tgkill,pidfd_open"})
  void refusalsAreTold(String calls) throws Exception {
    succeeds(new ChildJvm(), "tellWhatIsRefused", calls);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tgkill 1", "tgkill 38", "tgkill 11"})
  void wakesWithoutTgkill(String call) throws Exception {
    succeeds(new ChildJvm(), "enterWhereOneCallIsDispensable", call);
    String said = succeeds(new ChildJvm(), "goOnInASandbox", call);
    assertTrue(said.contains("trouble: null"), said);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rt_sigtimedwait 1",
        "rt_sigtimedwait 38",
        "rt_tgsigqueueinfo 1",
        "rt_tgsigqueueinfo 38",
        "rt_tgsigqueueinfo 11"
      })
  void refusalThatComesLaterLosesNothing(String call) throws Exception {
    String said = succeeds(new ChildJvm(), "goOnInASandbox", call);
    assertTrue(said.contains("trouble: ") && !said.contains("trouble: null"), said);
    assertEquals(DEATH_BY_USR1, run(new ChildJvm(), "terminateInASandbox", call).status());
  }

  @Test
  void signalThatHasLeftTakesItsDefaultActionEvenIfTheQueueIsFull() throws Exception {
    assertEquals(DEATH_BY_USR1, run(new ChildJvm(), "terminateWithAFullQueue").status());
  }
}
