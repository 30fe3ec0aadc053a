package org.sigqueue.jdk;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/**
 * {@code sun.misc.Signal} by reflection: javac warns of each direct use, and nothing in the source
 * can suppress that. Handlers are objects of {@code sun.misc.SignalHandler}.
 */
final class SunMiscSignals {
  private final Constructor<?> signal;
  private final Method handle;
  private final Method raise;
  private final Class<?> handlerType;
  private final Method call;
  private final Object defaultAction;
  private final Object ignoreAction;

  /**
   * Looks the classes up.
   *
   * @throws ReflectiveOperationException if this JDK does not have them
   */
  SunMiscSignals() throws ReflectiveOperationException {
    Class<?> signalType = Class.forName("sun.misc.Signal");
    handlerType = Class.forName("sun.misc.SignalHandler");
    signal = signalType.getConstructor(String.class);
    handle = signalType.getMethod("handle", signalType, handlerType);
    raise = signalType.getMethod("raise", signalType);
    call = handlerType.getMethod("handle", signalType);
    defaultAction = handlerType.getField("SIG_DFL").get(null);
    ignoreAction = handlerType.getField("SIG_IGN").get(null);
  }

  /** Whether the JDK has a signal of this name. */
  boolean knows(String name) {
    try {
      newSignal(name);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * Sets the handler of a signal and returns the one of before.
   *
   * @throws IllegalArgumentException if the JDK refuses
   */
  Object handle(String name, Object handler) {
    return invoke(handle, null, newSignal(name), handler);
  }

  /**
   * Raises a signal in the calling thread.
   *
   * @throws IllegalArgumentException if no Java code handles it
   */
  void raise(String name) {
    invoke(raise, null, newSignal(name));
  }

  /**
   * Calls a handler, as the JDK would.
   *
   * @throws UnsupportedOperationException if it is none of Java's
   */
  void call(Object handler, String name) {
    invoke(call, handler, newSignal(name));
  }

  /**
   * A handler that runs this. It is of our class loader: {@code MethodHandleProxies} before JDK 21
   * takes the context class loader of the calling thread, which the handler then keeps for ever.
   */
  @SuppressWarnings("ReferenceEquality") // equals itself
  Object handler(Runnable action) {
    return Proxy.newProxyInstance(
        SunMiscSignals.class.getClassLoader(),
        new Class<?>[] {handlerType},
        (handler, method, arguments) ->
            switch (method.getName()) {
              case "equals" -> handler == arguments[0];
              case "hashCode" -> System.identityHashCode(handler);
              case "toString" -> "a handler of sigqueue";
              default -> {
                action.run();
                yield null;
              }
            });
  }

  boolean isDefault(Object handler) {
    return handler.equals(defaultAction);
  }

  boolean isIgnore(Object handler) {
    return handler.equals(ignoreAction);
  }

  Object ignoreAction() {
    return ignoreAction;
  }

  private Object newSignal(String name) {
    try {
      return signal.newInstance(name);
    } catch (InvocationTargetException e) {
      throw unchecked(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(signal.toString(), e);
    }
  }

  private static Object invoke(Method method, @Nullable Object target, Object... arguments) {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw unchecked(e.getCause());
    } catch (IllegalAccessException e) {
      throw new LinkageError(method.toString(), e);
    }
  }

  private static RuntimeException unchecked(@Nullable Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    return thrown instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException(thrown);
  }
}
