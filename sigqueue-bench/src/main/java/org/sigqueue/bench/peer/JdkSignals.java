package org.sigqueue.bench.peer;

import java.lang.reflect.Proxy;

/**
 * {@code sun.misc.Signal}: what programs use where they have no library. By reflection, because
 * javac warns of it and has no switch for that; its cost is small beside the thread that the JDK
 * starts for each signal.
 */
final class JdkSignals {
  private JdkSignals() {}

  /**
   * Has an action run for each signal.
   *
   * @param name without SIG
   */
  static void handle(String name, Runnable action) throws ReflectiveOperationException {
    Class<?> signal = Class.forName("sun.misc.Signal");
    Class<?> handler = Class.forName("sun.misc.SignalHandler");
    Object calling =
        Proxy.newProxyInstance(
            JdkSignals.class.getClassLoader(),
            new Class<?>[] {handler},
            (proxy, method, arguments) -> {
              action.run();
              return null;
            });
    signal
        .getMethod("handle", signal, handler)
        .invoke(null, signal.getConstructor(String.class).newInstance(name), calling);
  }

  /** Sends a signal to this process. */
  static void raise(String name) throws ReflectiveOperationException {
    Class<?> signal = Class.forName("sun.misc.Signal");
    signal
        .getMethod("raise", signal)
        .invoke(null, signal.getConstructor(String.class).newInstance(name));
  }
}
