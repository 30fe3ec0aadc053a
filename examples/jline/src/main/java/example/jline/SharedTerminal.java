package example.jline;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.SignalHandler;
import org.jline.terminal.TerminalBuilder;
import org.jline.terminal.spi.TerminalExt;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;

/**
 * A terminal of JLine's that receives INT, WINCH, CONT and TSTP as one of several, where JLine by
 * itself takes them from everybody and leaves them at the system's default. What a {@code
 * LineReader} sets for the time of a {@code readLine} is a registration of that time.
 */
public final class SharedTerminal {
  private static final Set<Terminal.Signal> SHARED =
      EnumSet.of(
          Terminal.Signal.INT, Terminal.Signal.WINCH, Terminal.Signal.CONT, Terminal.Signal.TSTP);

  private final Terminal terminal;
  private final SignalNotifier notifier;
  private final Map<Terminal.Signal, Use> uses = new EnumMap<>(Terminal.Signal.class); // this

  private record Use(SignalHandler handler, Registration registration) {}

  private SharedTerminal(Terminal terminal, SignalNotifier notifier) {
    this.terminal = terminal;
    this.notifier = notifier;
  }

  /** Builds the terminal of the system. */
  public static Terminal build(TerminalBuilder builder, SignalNotifier notifier)
      throws IOException {
    SharedTerminal shared =
        new SharedTerminal(builder.system(true).nativeSignals(false).build(), notifier);
    return (Terminal)
        Proxy.newProxyInstance(
            SharedTerminal.class.getClassLoader(),
            new Class<?>[] {TerminalExt.class},
            (proxy, method, arguments) -> shared.call(method, arguments));
  }

  private Object call(Method method, Object[] arguments) throws Throwable {
    if (method.getName().equals("handle")
        && arguments[0] instanceof Terminal.Signal signal
        && SHARED.contains(signal)) {
      return handle(signal, (SignalHandler) arguments[1]);
    }
    if (method.getName().equals("close")) {
      SHARED.forEach(signal -> handle(signal, SignalHandler.SIG_DFL));
    }
    try {
      return method.invoke(terminal, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private synchronized SignalHandler handle(Terminal.Signal signal, SignalHandler handler) {
    // The new one first: the signal is received without a gap.
    Use before =
        handler == SignalHandler.SIG_DFL
            ? uses.remove(signal)
            : uses.put(signal, new Use(handler, register(signal, handler)));
    if (before == null) {
      return SignalHandler.SIG_DFL;
    }
    before.registration.close(); // does not wait for the handler, which may need the reader's lock
    return before.handler;
  }

  private Registration register(Terminal.Signal signal, SignalHandler handler) {
    return notifier.subscribe(event -> handler.handle(signal), Signal.of(signal.name()));
  }
}
