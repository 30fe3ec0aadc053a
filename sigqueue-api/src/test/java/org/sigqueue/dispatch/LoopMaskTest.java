package org.sigqueue.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.sigqueue.Signal;
import org.sigqueue.SignalEvent;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.testing.VirtualSignalSource;

/** The signal mask of the dispatch loop's thread, step by step. */
class LoopMaskTest {
  private static final long DEADLINE_SECONDS = 60;
  private static final String UNBLOCK = "unblockInThisThread";
  private static final String BLOCK = "blockInThisThread";
  private static final SignalSet SIGNAL = SignalSet.of(Signal.USR1.number());

  private final VirtualSignalSource virtual = new VirtualSignalSource();
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final CountDownLatch entering = new CountDownLatch(1);
  private final CountDownLatch mayEnter = new CountDownLatch(1);
  private final SignalSource source =
      (SignalSource)
          Proxy.newProxyInstance(
              SignalSource.class.getClassLoader(),
              new Class<?>[] {SignalSource.class},
              (proxy, method, arguments) -> {
                switch (method.getName()) {
                  case "unblockInThisThread", "blockInThisThread" -> {
                    calls.add(method.getName());
                    return arguments[0]; // this thread had blocked all of them
                  }
                  case "enterExclusive" -> {
                    entering.countDown();
                    assertTrue(mayEnter.await(DEADLINE_SECONDS, TimeUnit.SECONDS));
                    return null;
                  }
                  case "isSubjectToMasks" -> {
                    return true;
                  }
                  default -> {
                    try {
                      return method.invoke(virtual, arguments);
                    } catch (InvocationTargetException e) {
                      throw e.getCause();
                    }
                  }
                }
              });

  private final Routes routes = new Routes();
  private final ExclusiveSignals exclusive = new ExclusiveSignals(source, routes);
  private final LoopMask mask = new LoopMask(source, exclusive);
  private final Route route = newRoute();

  private static Route newRoute() {
    InternalSubscriber.Listener nobody =
        new InternalSubscriber.Listener() {
          @Override
          public void onSignal(SignalEvent event) {}

          @Override
          public void onEnd() {}

          @Override
          public void onFailure(Throwable why) {}
        };
    return new Route(new InternalSubscriber(nobody), Signal.USR1.number(), 0);
  }

  private void want() {
    routes.add(route);
    source.block().want(Signal.USR1.number());
    source.install(Signal.USR1.number());
  }

  /** What the thread does when it waits and when it has waited. */
  private void turn() {
    mask.open();
    mask.shut();
  }

  /**
   * Runs a call that waits until the mask is shut, for a second at most; shuts it once the call
   * waits. Returns whether it was shut when the call returned, or the second was over.
   */
  private boolean waitsUntilShut(Runnable call) throws Exception {
    FutureTask<Boolean> waits =
        new FutureTask<>(() -> {
          long start = System.nanoTime();
          call.run();
          return calls.contains(BLOCK) || System.nanoTime() - start >= TimeUnit.SECONDS.toNanos(1);
        });
    Thread thread = new Thread(waits, "waits until shut");
    thread.start();
    while (thread.getState() != Thread.State.TIMED_WAITING && thread.isAlive()) {
      Thread.onSpinWait();
    }
    mask.shut();
    return waits.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  /** Else it would get the signal beside the receiver, and out of order. */
  @Test
  void signalOnItsWayIntoExclusiveDeliveryIsNotUnblocked() throws Exception {
    want();
    Thread entrant = new Thread(() -> exclusive.enter(SIGNAL), "entrant");
    entrant.start();
    assertTrue(entering.await(DEADLINE_SECONDS, TimeUnit.SECONDS));
    mask.open();
    assertEquals(List.of(), calls);
    mayEnter.countDown();
    entrant.join(TimeUnit.SECONDS.toMillis(DEADLINE_SECONDS));
    mask.open(); // it has arrived, by the handler here
    assertEquals(List.of(UNBLOCK), calls);
  }

  /** Else the source would find it unblocked, and unblock it again when it leaves. */
  @Test
  void signalEntersExclusiveDeliveryOnceItIsBlocked() throws Exception {
    mayEnter.countDown();
    want();
    mask.open();
    assertTrue(waitsUntilShut(() -> exclusive.enter(SIGNAL)));
    assertEquals(0, entering.getCount());
  }

  /** What the thread runs and starts between two waits has the mask of the process's start. */
  @Test
  void signalIsUnblockedWhileTheThreadWaitsAlone() {
    want();
    turn();
    assertEquals(List.of(UNBLOCK, BLOCK), calls);
    assertTrue(mask.isBehind());
    turn();
    assertEquals(List.of(UNBLOCK, BLOCK, UNBLOCK, BLOCK), calls);
    mask.shut();
    assertEquals(4, calls.size());
  }

  @Test
  void signalStaysBlockedOnceItsLastRouteStopsAndStillIsWanted() {
    want();
    turn();
    route.stop();
    exclusive.leaveUnwanted();
    turn();
    assertEquals(List.of(UNBLOCK, BLOCK), calls);
    assertFalse(mask.isBehind());
    assertTrue(source.block().wanted().contains(Signal.USR1.number()));
  }

  /** Its default action, which comes after that, may be death. */
  @Test
  void endOfTheLastRouteWaitsUntilTheSignalIsBlocked() throws Exception {
    want();
    mask.open();
    route.stop();
    assertTrue(waitsUntilShut(exclusive::leaveUnwanted));
    assertEquals(List.of(UNBLOCK, BLOCK), calls);
  }

  /** Its default action may be death. */
  @Test
  void signalThatIsNotInstalledYetIsNotUnblocked() {
    routes.add(route);
    source.block().want(Signal.USR1.number());
    mask.open();
    assertEquals(List.of(), calls);
    source.install(Signal.USR1.number());
    turn();
    assertEquals(List.of(UNBLOCK, BLOCK), calls);
    route.stop(); // then the loop is slow, and others register it again
    source.restore(Signal.USR1.number());
    exclusive.forget(Signal.USR1.number());
    routes.add(newRoute());
    turn();
    assertEquals(2, calls.size());
    source.install(Signal.USR1.number());
    turn();
    assertEquals(List.of(UNBLOCK, BLOCK, UNBLOCK, BLOCK), calls);
  }

  @Test
  void signalThatIsWantedAgainMeanwhileIsUnblockedAgain() {
    want();
    turn();
    route.stop();
    exclusive.leaveUnwanted();
    routes.add(newRoute());
    mask.open();
    assertEquals(List.of(UNBLOCK, BLOCK, UNBLOCK), calls);
  }
}
