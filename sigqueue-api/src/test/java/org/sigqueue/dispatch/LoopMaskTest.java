package org.sigqueue.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
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

  /** Else it would get the signal beside the receiver, and out of order. */
  @Test
  void signalOnItsWayIntoExclusiveDeliveryIsNotUnblocked() throws Exception {
    want();
    Thread entrant = new Thread(() -> exclusive.enter(SIGNAL), "entrant");
    entrant.start();
    assertTrue(entering.await(DEADLINE_SECONDS, TimeUnit.SECONDS));
    mask.follow();
    assertEquals(List.of(), calls);
    mayEnter.countDown();
    entrant.join(TimeUnit.SECONDS.toMillis(DEADLINE_SECONDS));
    mask.follow(); // it has arrived, by the handler here
    assertEquals(List.of("unblockInThisThread"), calls);
  }

  @Test
  void signalIsBlockedAgainWhenItsLastRouteStopsAndStillIsWanted() {
    want();
    mask.follow();
    route.stop();
    exclusive.leaveUnwanted(); // on the loop's own thread
    mask.follow();
    assertEquals(List.of("unblockInThisThread", "blockInThisThread"), calls);
    assertTrue(source.block().wanted().contains(Signal.USR1.number()));
  }

  /** It blocks itself again when it comes: a flood of it would run nothing but the handler. */
  @Test
  void signalThatTheThreadHadBlockedIsUnblockedInEachTurn() {
    want();
    for (int turn = 1; turn <= 3; turn++) {
      mask.follow();
      assertEquals(Collections.nCopies(turn, "unblockInThisThread"), calls);
      assertTrue(mask.isBehind());
    }
    route.stop();
    mask.follow();
    assertEquals("blockInThisThread", calls.get(3));
    assertFalse(mask.isBehind());
    mask.follow();
    assertEquals(4, calls.size());
  }

  /** Its default action may be death. */
  @Test
  void signalThatIsNotInstalledYetIsNotUnblocked() {
    routes.add(route);
    source.block().want(Signal.USR1.number());
    mask.follow();
    assertEquals(List.of(), calls);
    source.install(Signal.USR1.number());
    mask.follow();
    assertEquals(List.of("unblockInThisThread"), calls);
  }

  @Test
  void signalThatIsWantedAgainMeanwhileIsUnblockedAgain() {
    want();
    mask.follow();
    route.stop();
    exclusive.leaveUnwanted();
    routes.add(newRoute());
    mask.follow();
    assertEquals(List.of("unblockInThisThread", "blockInThisThread", "unblockInThisThread"), calls);
  }
}
