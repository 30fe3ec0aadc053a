package org.sigqueue.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.sigqueue.core.SignalSet;

/** Which occurrences a route covers, and what the list knows of its routes. */
class RoutesTest {
  private static final int HUP = 1;
  private static final int USR1 = 10;

  private final Routes routes = new Routes();

  private static Route route(int signal, long start) {
    return new Route(InlineSubscriber.of(event -> true, false), signal, start);
  }

  private Route added(int signal) {
    Route route = route(signal, 0);
    routes.add(route);
    return route;
  }

  @Test
  void routeCoversTheOccurrencesAfterItsStartUpToItsEnd() {
    Route route = route(USR1, 5);
    assertTrue(route.isOpen());
    assertEquals(0, route.covered(3, 5));
    assertEquals(5, route.covered(0, 10));
    assertEquals(3, route.covered(7, 10));
    route.endAt(8);
    assertFalse(route.isOpen());
    assertEquals(3, route.covered(0, 10));
    assertEquals(1, route.covered(7, 10));
    assertEquals(0, route.covered(8, 10));
    assertEquals(0, route.covered(9, 10));
  }

  @Test
  void endOfARouteIsSetOnce() {
    Route route = route(USR1, 0);
    route.endAt(8);
    route.endAt(9);
    assertEquals(8, route.end());
  }

  @Test
  void cutRouteIsDrainedAndEndsWhereItWasCut() {
    for (boolean byHandler : new boolean[] {false, true}) {
      Route route = route(USR1, 0);
      assertFalse(route.isDrained());
      assertFalse(route.isCut());
      route.cut(7, byHandler);
      assertTrue(route.isCut());
      assertTrue(route.isDrained());
      assertEquals(7, route.end());
      assertEquals(byHandler, route.hasOutlivedHandler());
    }
  }

  @Test
  void routesOfASignalAreInOrderOfRegistrationAndAllBySignal() {
    Route second = added(USR1);
    Route third = added(USR1);
    Route first = added(HUP);
    Route last = added(SignalSet.MAX);
    assertArrayEquals(new Route[] {second, third}, routes.get(USR1));
    assertEquals(List.of(first, second, third, last), routes.all());
  }

  @Test
  void removeTakesOneRouteAndForgivesAStranger() {
    Route one = added(USR1);
    Route other = added(USR1);
    assertFalse(routes.isEmpty());
    routes.remove(one);
    routes.remove(one);
    routes.remove(route(HUP, 0));
    assertArrayEquals(new Route[] {other}, routes.get(USR1));
    assertFalse(routes.isEmpty());
    routes.remove(other);
    assertTrue(routes.isEmpty());
  }

  @Test
  void stoppingRouteDoesNotWantItsSignal() {
    assertFalse(routes.isWanted(USR1));
    Route one = added(USR1);
    Route other = added(USR1);
    one.stop();
    assertTrue(routes.isWanted(USR1));
    other.stop();
    assertFalse(routes.isWanted(USR1));
  }

  @Test
  void routeIsUnsettledFromItsStopUntilItKnowsItsEnd() {
    SignalSet usr1 = SignalSet.of(USR1);
    Route route = added(USR1);
    assertEquals(List.of(), routes.unsettled(usr1, false));
    route.stop();
    assertEquals(List.of(route), routes.unsettled(usr1, false));
    assertEquals(List.of(), routes.unsettled(SignalSet.of(HUP), false));
    route.endAt(3);
    assertEquals(List.of(), routes.unsettled(usr1, false));
  }

  @Test
  void everyRouteOfALoopThatFailsIsUnsettledUntilItIsDrained() {
    Route one = added(USR1);
    Route other = added(HUP);
    one.endAt(3);
    assertEquals(List.of(other, one), routes.unsettled(SignalSet.of(USR1), true));
    one.setDrained();
    assertEquals(List.of(other), routes.unsettled(SignalSet.of(USR1), true));
  }
}
