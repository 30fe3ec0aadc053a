package org.sigqueue.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sigqueue.Signal;
import org.sigqueue.core.JavaSender;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.stress.ProcessFootprint.Sample;

/** Each scenario passes on a sound source, and tells of one that loses a signal or has it twice. */
@Timeout(240)
@ExtendWith(QuietErrors.class)
class ScenarioAccountingTest {
  private static final Duration PATIENT = Duration.ofSeconds(30);
  private static final Duration IMPATIENT = Duration.ofMillis(500);
  private static final Duration SHORT = Duration.ofMillis(400); // how long a run that passes is
  private static final Duration SHORTER = Duration.ofMillis(100); // the first that fails

  /** Accepts one signal in so many twice, or never. */
  private static final class Faulty extends WrappedSource {
    private static final int EVERY = 3;
    private final int copies;
    private final AtomicInteger sent = new AtomicInteger();

    Faulty(int copies) {
      this.copies = copies;
    }

    @Override
    public void kill(long pid, int signal) {
      for (int left = copies(); left > 0; left--) {
        super.kill(pid, signal);
      }
    }

    @Override
    public void queue(long pid, int signal, long value) {
      for (int left = copies(); left > 0; left--) {
        super.queue(pid, signal, value);
      }
    }

    private int copies() {
      return sent.incrementAndGet() % EVERY == 0 ? copies : 1;
    }
  }

  /** Counts one accepted that no channel ever gets. */
  private static final class Forgetful extends WrappedSource {
    @Override
    public void kill(long pid, int signal) {
      super.kill(pid, signal);
      if (Thread.currentThread().getName().equals("stress-worker-1")) {
        int accepted = 384 + 32 * signal; // as SharedBlock has it, which keeps this to itself
        block().memory().putLong(accepted, block().accepted(signal) + 1);
      }
    }
  }

  // ---- kill-self with a ring of one record: nearly all details are lost, and no signal is

  @Test
  void ringOfMinimalSizeLosesDetailsOnly() throws Exception {
    SharedBlock block = SharedBlock.allocate(1);
    JavaSender acceptor = new JavaSender(block);
    SignalSource source =
        new WrappedSource() {
          @Override
          public SharedBlock block() {
            return block;
          }

          @Override
          public void kill(long pid, int signal) {
            Occurrence occurrence = new Occurrence();
            occurrence.signal = signal;
            acceptor.accept(occurrence);
          }
        };
    RunResult result = assertPasses(SingleSignal.killSelf(PATIENT), source, Signal.USR1);
    assertEquals(result.sent(), result.accepted());
    assertTrue(block.lost(Signal.USR1.number()) > 0);
  }

  // ---- stop-race

  @Test
  void stopRacePasses() throws Exception {
    assertPasses(stopRace(PATIENT), new WrappedSource(), Signal.USR1);
  }

  @Test
  void stopRaceReportsLostSignal() throws Exception {
    assertFails(
        "neither accepted nor did the previous action take it",
        () -> stopRace(IMPATIENT),
        () -> new Faulty(0),
        Signal.USR1);
  }

  @Test
  void stopRaceReportsSignalThatComesTwice() throws Exception {
    assertFails(
        "was lost or came twice", () -> stopRace(IMPATIENT), () -> new Faulty(2), Signal.USR1);
  }

  /** Where the previous action counts, neither is as bad as both. */
  @Test
  void stopRaceReportsSignalThatNeitherTakes() throws Exception {
    PreviousAction.Installer deaf = signal -> new Counted();
    assertFails(
        "neither accepted nor did the previous action take it",
        () -> new StopRace(deaf, IMPATIENT),
        () -> new WrappedSource(),
        Signal.USR1);
  }

  /** A previous action that says it counts, and never does. */
  private static final class Counted implements PreviousAction {
    @Override
    public boolean isCounted() {
      return true;
    }

    @Override
    public long taken() {
      return 0;
    }

    @Override
    public void close() {}
  }

  private static StopRace stopRace(Duration patience) {
    return new StopRace(PreviousAction::uncounted, patience);
  }

  // ---- fan-out

  @Test
  void fanOutPasses() throws Exception {
    RunResult result = assertPasses(new FanOut(50, PATIENT), new WrappedSource(), Signal.USR1);
    assertEquals(50, result.channels());
    assertEquals(
        50 * result.accepted(), result.delivered() + result.coalesced() + result.dropped());
  }

  @Test
  void fanOutReportsSignalThatNoChannelGets() throws Exception {
    assertFails(
        "channel 0 (queueing): the counts do not add up",
        () -> new FanOut(10, IMPATIENT),
        () -> new Forgetful(),
        Signal.USR1);
  }

  @Test
  void fanOutReportsSignalThatComesTwice() throws Exception {
    assertFails("were sent", () -> new FanOut(10, IMPATIENT), () -> new Faulty(2), Signal.USR1);
  }

  // ---- rt-queue

  @Test
  void rtQueuePasses() throws Exception {
    RunResult result = assertPasses(rtQueue(PATIENT, 1), new WrappedSource(), Signal.rtMin(3));
    assertEquals(result.sent(), result.accepted());
  }

  @Test
  void rtQueueReportsLostValue() throws Exception {
    assertFails(
        "were sent, but only", () -> rtQueue(IMPATIENT, 1), () -> new Faulty(0), Signal.rtMin(3));
  }

  @Test
  void rtQueueReportsValueThatComesTwice() throws Exception {
    assertFails("twice", () -> rtQueue(IMPATIENT, 1), () -> new Faulty(2), Signal.rtMin(3));
  }

  @Test
  void rtQueueReportsValueThatNobodySends() throws Exception {
    assertFails(
        "which nobody sends",
        () -> rtQueue(IMPATIENT, 1L << 45),
        () -> new WrappedSource(),
        Signal.rtMin(3));
  }

  /** A sender in this process, whose values are so far apart. */
  private static RtQueue rtQueue(Duration patience, long step) {
    AtomicLong value = new AtomicLong();
    return new RtQueue(
        (run, errors) ->
            LoadThreads.sending(
                1, run.seed(), () -> run.queue(run.signal(), value.getAndAdd(step)), errors),
        patience);
  }

  // ---- external: the accounting is that of kill-self, the senders' is not

  @Test
  void externalReportsSenderThatFails() throws Exception {
    assertFails(
        "a sender has ended with status 2",
        () ->
            SingleSignal.external(
                (run, errors) -> new LoadProcesses(1, List.of(), false, 0, errors), PATIENT),
        () -> new WrappedSource(),
        Signal.USR1);
  }

  // ---- mixed

  @Test
  void mixedPasses() throws Exception {
    assertPasses(mixed(PATIENT), new WrappedSource(), Signal.USR1);
  }

  @Test
  void mixedReportsLostSignals() throws Exception {
    SignalSource losing =
        new WrappedSource() {
          @Override
          public void kill(long pid, int signal) {
            if (signal != Signal.HUP.number()) {
              super.kill(pid, signal);
            }
          }
        };
    assertFails(
        "the last SIGHUP was not received", () -> mixed(IMPATIENT), () -> losing, Signal.USR1);
  }

  @Test
  void mixedReportsSignalThatNoChannelGets() throws Exception {
    assertFails(
        "the counts do not add up", () -> mixed(IMPATIENT), () -> new Forgetful(), Signal.USR1);
  }

  @Test
  void mixedReportsSignalsThatComeTwice() throws Exception {
    assertFails("were sent", () -> mixed(IMPATIENT), () -> new Faulty(3), Signal.USR1);
  }

  private static Mixed mixed(Duration patience) {
    return new Mixed(
        (signals, errors) -> LoadThreads.sending(0, 0, () -> {}, errors), Set.of(), patience);
  }

  // ---- soak

  @Test
  void soakRunsItsPartsAndLooksAtTheProcess() throws Exception {
    AtomicInteger looks = new AtomicInteger();
    Soak soak =
        new Soak(
            List.of(SingleSignal.killSelf(PATIENT), new FanOut(5, PATIENT)),
            () -> {
              looks.incrementAndGet();
              return new Sample(1, 1, 1, 1, 1);
            });
    RunResult result = assertPasses(soak, new WrappedSource(), Signal.USR1);
    assertTrue(looks.get() >= 8, () -> "looks " + looks);
    assertEquals(result.accepted(), result.delivered() + result.coalesced() + result.dropped());
    assertNotNull(result.footprint());
  }

  @Test
  void soakReportsFailureOfAPart() throws Exception {
    Soak soak =
        new Soak(List.of(SingleSignal.killSelf(IMPATIENT)), () -> new Sample(1, 1, 1, 1, 1));
    assertFails("round 1, kill-self: ", () -> soak, () -> new Faulty(2), Signal.USR1);
  }

  @Test
  void soakReportsWhatGrows() throws Exception {
    AtomicLong fds = new AtomicLong();
    Soak soak =
        new Soak(
            List.of(SingleSignal.killSelf(PATIENT)),
            () -> new Sample(1, 1, 1, fds.incrementAndGet(), 1));
    assertFails("the file descriptors grow", () -> soak, () -> new WrappedSource(), Signal.USR1);
  }

  // ---- Tools

  private static RunParameters run(SignalSource source, Signal signal, Duration lasting) {
    return new RunParameters(source, ParkingStrategies.ADAPTIVE, null, signal, 2, lasting, 1);
  }

  private static RunResult assertPasses(Scenario scenario, SignalSource source, Signal signal)
      throws InterruptedException {
    RunResult result = scenario.run(run(source, signal, SHORT), text -> {});
    assertNull(result.failures());
    assertTrue(result.passed());
    assertTrue(result.lastSignalDelivered());
    assertTrue(result.accepted() > 0);
    return result;
  }

  /** In longer and longer runs: on a busy machine hardly anything is sent in a short one. */
  private static void assertFails(
      String failure, Supplier<Scenario> scenario, Supplier<SignalSource> source, Signal signal)
      throws InterruptedException {
    List<String> failures = List.of();
    for (Duration lasting = SHORTER; lasting.toSeconds() < 60; lasting = lasting.multipliedBy(4)) {
      RunResult result = scenario.get().run(run(source.get(), signal, lasting), text -> {});
      failures = result.failures() == null ? List.of() : result.failures();
      assertEquals(failures.isEmpty(), result.passed());
      if (failures.stream().anyMatch(each -> each.contains(failure))) {
        return;
      }
    }
    fail(failures.toString());
  }
}
