package org.sigqueue.stress;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalContext;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.source.SignalSource;

/**
 * The ways to register for a signal and to end that again, each as a cycle that leaves nothing
 * behind. Now and then a cycle sends a signal, which must arrive before the end. One thread.
 */
final class Lifecycles implements AutoCloseable {
  /** A way to register and to end that. */
  interface Cycle {
    void run() throws Exception;
  }

  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final int SEND_EVERY = 16;

  private final SignalSource source;
  private final ParkingStrategy parking;
  private final Signal signal;
  private final SignalNotifier notifier;
  private final Map<String, Cycle> frequent = new LinkedHashMap<>();
  private final Map<String, Cycle> rare = new LinkedHashMap<>();
  private final List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
  private final AtomicLong received = new AtomicLong();
  private long sent;
  private long turn;

  /** Creates the cycles; they use a notifier of their own, and others for a cycle each. */
  Lifecycles(SignalSource source, ParkingStrategy parking, Signal signal) {
    this.source = source;
    this.parking = parking;
    this.signal = signal;
    this.notifier = builder().build();
    frequent.put("channel", () -> channel(notifier, SignalChannel.coalescing()));
    frequent.put("stopped channel", this::stoppedChannel);
    frequent.put("subscription", () -> callback(notifier.subscribe(this::receive, signal)));
    frequent.put("inline", () -> callback(notifier.subscribeInline(this::receive, signal)));
    frequent.put("context", this::context);
    rare.put("notifier", this::ownNotifier);
    rare.put("class loader", this::ownLoader);
    if (ParkingChoice.waitsInKernel(source, parking)) {
      rare.put("exclusive", this::exclusive);
    }
  }

  private SignalNotifier.Builder builder() {
    return SignalNotifier.builder().source(source).parking(parking).takeOverIgnored();
  }

  /** The cycles that take microseconds, by name. */
  Map<String, Cycle> frequent() {
    return frequent;
  }

  /** The cycles that take longer, by name. */
  Map<String, Cycle> rare() {
    return rare;
  }

  /** How many signals were sent. */
  long sent() {
    return sent;
  }

  /** How many signals the cycles have received. */
  long received() {
    return received.get();
  }

  /** How many of the class loaders that have used the library were not collected yet. */
  long liveLoaders() {
    loaders.removeIf(loader -> loader.get() == null);
    return loaders.size();
  }

  /** The latest class loader; null if there is none, or if it was collected. */
  @Nullable ClassLoader lastLoader() {
    return loaders.isEmpty() ? null : loaders.get(loaders.size() - 1).get();
  }

  /** Registers for the signal until that is closed: the dispatcher does not end in between. */
  SignalChannel anchor() {
    SignalChannel channel = SignalChannel.coalescing();
    notifier.register(channel, signal);
    return channel;
  }

  @Override
  public void close() {
    notifier.close();
  }

  // ---- The cycles

  private void channel(SignalNotifier of, SignalChannel channel) throws InterruptedException {
    of.register(channel, signal);
    take(channel);
    channel.close();
  }

  private void stoppedChannel() throws InterruptedException {
    SignalChannel channel = SignalChannel.queueing(8);
    notifier.register(channel, signal);
    take(channel);
    notifier.stop(channel);
  }

  private void callback(Registration registration) throws InterruptedException {
    if (isTimeToSend()) {
      long before = received.get();
      send();
      if (!Await.until(DEADLINE, () -> received.get() > before)) {
        throw lost();
      }
    }
    registration.close();
  }

  private void context() throws InterruptedException {
    try (SignalContext context = notifier.notifyContext(signal)) {
      if (isTimeToSend()) {
        send();
        if (context.await(DEADLINE).isEmpty()) {
          throw lost();
        }
        received.incrementAndGet();
      }
    }
  }

  private void ownNotifier() throws InterruptedException {
    SignalChannel channel = SignalChannel.coalescing();
    try (SignalNotifier own = builder().build()) {
      own.register(channel, signal);
      take(channel);
    }
  }

  /** A real-time signal that the receiver takes from the kernel; all threads block it meanwhile. */
  private void exclusive() throws InterruptedException {
    Signal realTime = Signal.rtMin(3);
    SignalChannel channel = SignalChannel.queueing(8);
    try (SignalNotifier own = builder().exclusive(realTime).build()) {
      own.register(channel, realTime);
      KernelQueue.put(source.sender(), realTime.number(), 1);
      if (channel.poll(DEADLINE) == null) {
        throw lost();
      }
    }
  }

  /** A callback of a class that has a loader of its own, as an application in a container has. */
  private void ownLoader() throws Exception {
    ClassLoader loader = new IsolatedLoader();
    Class<?> type = loader.loadClass(IsolatedCallback.class.getName());
    @SuppressWarnings("unchecked")
    Consumer<SignalEvent> callback =
        (Consumer<SignalEvent>) type.getDeclaredConstructor(Runnable.class).newInstance(counting());
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      callback(notifier.subscribe(callback, signal));
    } finally {
      thread.setContextClassLoader(before);
    }
    loaders.add(new WeakReference<>(loader));
  }

  private Runnable counting() {
    return received::incrementAndGet;
  }

  private void receive(SignalEvent event) {
    received.addAndGet(event.count());
  }

  private void take(SignalChannel channel) throws InterruptedException {
    if (isTimeToSend()) {
      send();
      SignalEvent event = channel.poll(DEADLINE);
      if (event == null) {
        throw lost();
      }
      receive(event);
    }
  }

  private boolean isTimeToSend() {
    return turn++ % SEND_EVERY == 0;
  }

  private void send() {
    source.sender().kill(ProcessHandle.current().pid(), signal.number());
    sent++;
  }

  private IllegalStateException lost() {
    return new IllegalStateException(signal + " number " + sent + " was lost");
  }

  /** The callback of a class loader of its own; public, as it is in another run-time package. */
  public static final class IsolatedCallback implements Consumer<SignalEvent> {
    private final Runnable counter;

    public IsolatedCallback(Runnable counter) {
      this.counter = counter;
    }

    @Override
    public void accept(SignalEvent event) {
      counter.run();
    }
  }

  /** Defines the callback anew, and leaves all other classes to its parent. */
  private static final class IsolatedLoader extends ClassLoader {
    IsolatedLoader() {
      super(IsolatedLoader.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.equals(IsolatedCallback.class.getName())) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        if (loaded != null) {
          return loaded;
        }
        String file = "/" + name.replace('.', '/') + ".class";
        try (@Nullable InputStream in = Lifecycles.class.getResourceAsStream(file)) {
          if (in == null) {
            throw new ClassNotFoundException(name);
          }
          byte[] bytes = in.readAllBytes();
          return defineClass(name, bytes, 0, bytes.length);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }
}
