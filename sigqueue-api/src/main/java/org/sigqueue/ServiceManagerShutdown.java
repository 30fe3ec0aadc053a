package org.sigqueue;

import com.google.common.util.concurrent.Service;
import com.google.common.util.concurrent.ServiceManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.sigqueue.GracefulShutdown.TimedAction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
  private static final Logger LOG = LoggerFactory.getLogger(GracefulShutdown.class);

  private ServiceManagerShutdown() {}

  /**
   * Stops all services of the manager at the same time and waits until they have stopped. It fails,
   * naming them, if some are still running when no time is left; that a service has failed is
   * logged.
   */
  public static TimedAction of(ServiceManager manager) {
    return of(manager, List.of());
  }

  /**
   * Stops the services of the manager in the order of their dependencies, group by group: a group
   * is stopped when those after it in the list have stopped, that is from the last to the first.
   * The manager's services that are in no group come before all groups. When no time is left, those
   * that remain are stopped without waiting for each other.
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
    long start = System.nanoTime();
    List<Service> running = new ArrayList<>();
    for (List<Service> group : order) {
      LOG.debug("stopping {}", group);
      group.forEach(Service::stopAsync);
      for (Service service : group) {
        if (!hasStopped(service, left.minusNanos(System.nanoTime() - start))) {
          running.add(service);
        }
      }
    }
    if (!running.isEmpty()) {
      throw new TimeoutException("still running: " + running);
    }
  }

  private static boolean hasStopped(Service service, Duration left) {
    try {
      service.awaitTerminated(left.isNegative() ? Duration.ZERO : left);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (IllegalStateException e) {
      LOG.warn("{} has failed", service, e.getCause());
      return true;
    }
  }
}
