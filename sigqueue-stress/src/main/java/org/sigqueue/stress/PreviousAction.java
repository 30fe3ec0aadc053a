package org.sigqueue.stress;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicLong;
import org.sigqueue.Signal;

/**
 * What a signal does to the process while nobody is notified of it: a resident handler that counts,
 * or nothing that can be counted.
 */
interface PreviousAction extends AutoCloseable {
  /** Installs previous actions. */
  interface Installer {
    /**
     * Installs one.
     *
     * @throws IllegalArgumentException if none can be had for this signal that the process survives
     */
    PreviousAction install(Signal signal);
  }

  /** Whether {@link #taken} says anything. */
  boolean isCounted();

  /** How many times it was taken since it was installed; the count may come a little later. */
  long taken();

  /** Puts back what was there before. */
  @Override
  void close();

  /** What needs no handler: the signal is ignored by default, or is no real one. */
  static PreviousAction uncounted(Signal signal) {
    return new PreviousAction() {
      @Override
      public boolean isCounted() {
        return false;
      }

      @Override
      public long taken() {
        return 0;
      }

      @Override
      public void close() {}
    };
  }

  /**
   * A handler of the JDK, which counts every single signal; nothing for a signal that is ignored by
   * default.
   */
  static PreviousAction resident(Signal signal) {
    return isIgnoredByDefault(signal) ? uncounted(signal) : new JdkHandler(signal);
  }

  /** Whether the default action leaves the process alone, so that ignoring is no change. */
  static boolean isIgnoredByDefault(Signal signal) {
    return signal.equals(Signal.WINCH)
        || signal.equals(Signal.URG)
        || signal.equals(Signal.CONT)
        || signal.equals(Signal.CHLD);
  }

  /** By reflection, because javac warns of each use of {@code sun.misc}. */
  final class JdkHandler implements PreviousAction {
    private final AtomicLong taken = new AtomicLong();
    private final Method handle;
    private final Object signal;
    private final Object before;

    private JdkHandler(Signal counted) {
      try {
        Class<?> signalType = Class.forName("sun.misc.Signal");
        Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
        handle = signalType.getMethod("handle", signalType, handlerType);
        signal = signalType.getConstructor(String.class).newInstance(counted.name());
        Object counter =
            Proxy.newProxyInstance(
                JdkHandler.class.getClassLoader(), new Class<?>[] {handlerType}, this::call);
        before = handle.invoke(null, signal, counter);
      } catch (ReflectiveOperationException e) {
        throw new IllegalArgumentException("the JDK has no handler for " + counted, e);
      }
    }

    @SuppressWarnings("ReferenceEquality") // a proxy is equal to itself alone
    private Object call(Object proxy, Method method, Object... arguments) {
      return switch (method.getName()) {
        case "handle" -> taken.incrementAndGet();
        case "equals" -> proxy == arguments[0];
        case "hashCode" -> System.identityHashCode(proxy);
        default -> "counter";
      };
    }

    @Override
    public boolean isCounted() {
      return true;
    }

    @Override
    public long taken() {
      return taken.get();
    }

    @Override
    public void close() {
      try {
        handle.invoke(null, signal, before);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
