package org.sigqueue.shutdown.guava;

import com.google.common.util.concurrent.Service;
import com.google.common.util.concurrent.ServiceManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.sigqueue.dispatch.Log;
import org.sigqueue.shutdown.GracefulShutdown;
import org.sigqueue.shutdown.ShutdownStep.TimedAction;

/**
 * Steps of a {@link GracefulShutdown} that stop the services of a Guava {@link ServiceManager}.
 * This class alone needs Guava, which sigqueue does not bring along.
 *
 * <pre>{@code
 * GracefulShutdown.on(Signal.TERM)
 *     .timedStep("services", ServiceManagerShutdown.of(manager))
 *     .install();
 * }</pre>
 */
public final class ServiceManagerShutdown {
  /**
   * The part of its time that a step keeps to name the services that hang, before it is left
   * behind.
   */
  private static final int RESERVE = 10;

  private ServiceManagerShutdown() {}

  /**
   * Stops all services of the manager at the same time and waits until they have stopped. If some
   * are still running when nine tenths of the step's time are over, it fails and names them and the
   * threads on which they are; that a service has failed is logged.
   */
  public static TimedAction of(ServiceManager manager) {
    return of(manager, List.of());
  }

  /**
   * Stops the services of the manager in the order of their dependencies, group by group: a group
   * is stopped when those after it in the list have stopped, that is from the last to the first.
   * The manager's services that are in no group come before all groups. When that time is over,
   * those that remain are stopped without waiting for each other.
   *
   * @param groups services of the manager, in the order in which they can be started: what is in a
   *     group needs only groups before it
   * @throws IllegalArgumentException if a service is not the manager's, or is in two groups
   */
  public static TimedAction of(
      ServiceManager manager, List<? extends Collection<? extends Service>> groups) {
    Set<Service> rest = new LinkedHashSet<>(manager.servicesByState().values());
    List<List<Service>> order = new ArrayList<>();
    for (Collection<? extends Service> group : groups) {
      for (Service service : group) {
        if (!rest.remove(service)) {
          throw new IllegalArgumentException(
              "groups has " + service + " twice, or it is not the manager's");
        }
      }
      order.add(0, List.copyOf(group));
    }
    order.add(0, List.copyOf(rest));
    return left -> stop(order, left);
  }

  private static void stop(List<List<Service>> order, Duration left) throws TimeoutException {
    long startNanos = System.nanoTime();
    long waitNanos = left.toNanos() - left.toNanos() / RESERVE;
    List<Service> running = new ArrayList<>();
    for (List<Service> group : order) {
      group.forEach(Service::stopAsync);
      for (Service service : group) {
        if (!hasStopped(service, waitNanos - (System.nanoTime() - startNanos))) {
          running.add(service);
        }
      }
    }
    if (!running.isEmpty()) {
      throw new TimeoutException("still running: " + ServiceThreads.describe(running));
    }
  }

  private static boolean hasStopped(Service service, long waitNanos) {
    try {
      service.awaitTerminated(Math.max(0, waitNanos), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (IllegalStateException e) {
      // On its own line in the log: the others still stop, and so the step has not failed.
      Log.warn(service + " has failed", e.getCause());
      return true;
    }
  }
}
