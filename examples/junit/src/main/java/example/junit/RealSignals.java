package example.junit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;
import org.sigqueue.core.source.Disposition;

/**
 * A JUnit extension for tests that send real signals to their own process: gives each a notifier of
 * its own, ends what was registered through that, and fails a test that leaves something behind.
 */
public final class RealSignals implements BeforeEachCallback, AfterEachCallback, ParameterResolver {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(RealSignals.class);
  private static final Set<Signal> CHECKED = Signals.process().receivable();

  /** What a test begins with. */
  private record Start(SignalNotifier signals, Map<Signal, Disposition> dispositions) {}

  @Override
  public void beforeEach(ExtensionContext context) {
    // The process that runs the tests may ignore HUP, INT and TERM, as nohup does.
    SignalNotifier signals = SignalNotifier.builder().takeOverIgnored().build();
    context.getStore(NAMESPACE).put("start", new Start(signals, dispositions()));
  }

  @Override
  public void afterEach(ExtensionContext context) {
    Start start = context.getStore(NAMESPACE).remove("start", Start.class);
    start.signals().close();
    Map<Signal, Disposition> now = dispositions();
    List<String> left = new ArrayList<>();
    for (Signal signal : CHECKED) {
      if (!now.get(signal).equals(start.dispositions().get(signal))) {
        left.add(signal + ": " + Signals.process().status(signal).explanation());
      }
    }
    if (!left.isEmpty()) {
      throw new AssertionError("the test has left signals behind: " + left);
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == SignalNotifier.class;
  }

  @Override
  public SignalNotifier resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context.getStore(NAMESPACE).get("start", Start.class).signals();
  }

  private static Map<Signal, Disposition> dispositions() {
    return CHECKED.stream().collect(Collectors.toMap(Function.identity(), RealSignals::disposition));
  }

  private static Disposition disposition(Signal signal) {
    return Signals.process().source().disposition(signal.number());
  }
}
