package org.sigqueue.conformance.neighbours;

import java.lang.reflect.Proxy;

/**
 * Handlers by {@code sun.misc.Signal}, as other libraries install them. By reflection: the module
 * of these tests does not require {@code jdk.unsupported}.
 */
final class JdkHandler {
  /** What {@code sun.misc.SignalHandler.SIG_DFL} is. */
  static final Object DEFAULT = constant("SIG_DFL");

  private JdkHandler() {}

  private static Class<?> type(String name) throws ClassNotFoundException {
    return Class.forName("sun.misc." + name);
  }

  private static Object constant(String name) {
    try {
      return type("SignalHandler").getField(name).get(null);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("sun.misc", e);
    }
  }

  /** A handler that runs an action; no handler equals another. */
  @SuppressWarnings("ReferenceEquality") // the equals of a proxy is that of Object
  static Object of(Runnable action) throws ReflectiveOperationException {
    Class<?> handler = type("SignalHandler");
    return Proxy.newProxyInstance(
        handler.getClassLoader(),
        new Class<?>[] {handler},
        (self, method, arguments) -> {
          switch (method.getName()) {
            case "handle" -> action.run();
            case "equals" -> {
              return self == arguments[0];
            }
            case "hashCode" -> {
              return System.identityHashCode(self);
            }
            default -> {
              return "handler of a test";
            }
          }
          return null;
        });
  }

  /** Installs a handler, and returns the one before. */
  static Object handle(String signal, Object handler) throws ReflectiveOperationException {
    Class<?> type = type("Signal");
    return type.getMethod("handle", type, type("SignalHandler"))
        .invoke(null, type.getConstructor(String.class).newInstance(signal), handler);
  }
}
