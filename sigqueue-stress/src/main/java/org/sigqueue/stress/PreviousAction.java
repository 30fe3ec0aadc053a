package org.sigqueue.stress;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.sigqueue.Signal;
import org.sigqueue.cli.console.SignalNames;

/**
 * The action of a signal while no channel is notified of it: a resident handler that counts, or one
 * that cannot be counted.
 */
interface PreviousAction extends AutoCloseable {
  /** The signals whose default action leaves the process alone, so that ignoring is no change. */
  Set<Signal> IGNORED_BY_DEFAULT = Set.of(Signal.WINCH, Signal.URG, Signal.CONT, Signal.CHLD);

  /** Installs previous actions. */
  interface Installer {
    /**
     * Installs one.
     *
     * @throws IllegalArgumentException if none can be had for this signal that the process survives
     */
    PreviousAction install(Signal signal);
  }

  /** Whether {@link #taken} counts. */
  boolean isCounted();

  /** How many times it was taken since it was installed; the count may come a little later. */
  long taken();

  /** Restores the previous action. */
  @Override
  void close();

  /** For a signal that is ignored by default, or is no real one: no handler is needed. */
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
   * A handler of the JDK, which counts every single signal; {@link #uncounted} for a signal that is
   * ignored by default.
   */
  static PreviousAction resident(Signal signal) {
    return IGNORED_BY_DEFAULT.contains(signal) ? uncounted(signal) : new JdkHandler(signal);
  }

  /** The handler, by reflection, because javac warns of each use of {@code sun.misc}. */
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
        signal = signalType.getConstructor(String.class).newInstance(SignalNames.of(counted));
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
