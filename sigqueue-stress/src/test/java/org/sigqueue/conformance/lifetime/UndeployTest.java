package org.sigqueue.conformance.lifetime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalContext;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;
import org.sigqueue.conformance.Await;
import org.sigqueue.conformance.Child;

/**
 * Applications with class loaders of their own in a server that has this library: each can be
 * collected when it has closed what it had registered, and none is seen by another.
 */
@Timeout(240)
class UndeployTest {
  /** The loader of an application: it has its own classes of that name, and the server's others. */
  private static final class ApplicationLoader extends ClassLoader {
    ApplicationLoader() {
      super(UndeployTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      return name.startsWith(Application.class.getName())
          ? defineAgain(name)
          : super.loadClass(name, resolve);
    }

    private synchronized Class<?> defineAgain(String name) throws ClassNotFoundException {
      Class<?> loaded = findLoadedClass(name);
      if (loaded != null) {
        return loaded;
      }
      try (InputStream file = getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] bytes = file.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  /** An application: it is the first to ask for a signal, or not, and closes all in the end. */
  public static final class Application implements Runnable {
    private static final InheritableThreadLocal<Object> USER = new InheritableThreadLocal<>();

    private final String how;

    /** Creates it. */
    public Application(String how) {
      this.how = how;
    }

    @Override
    public void run() {
      if (how.contains("thread-local")) {
        USER.set(new Object() {}); // of a class of this loader
      }
      if (how.contains("no loader")) {
        Thread.currentThread().setContextClassLoader(null);
      }
      try {
        work();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }

    private void work() throws Exception {
      CountDownLatch called = new CountDownLatch(3);
      SignalNotifier signals = Signals.process();
      try (SignalChannel channel = SignalChannel.coalescing();
          SignalContext context = Signals.notifyContext(Signal.URG);
          Registration queued = signals.subscribe(event -> count(called), Signal.URG);
          Registration inline = signals.subscribeInline(event -> called.countDown(), Signal.URG)) {
        Signals.notify(channel, Signal.URG);
        context.completion().thenRun(() -> count(called));
        signals.raise(Signal.URG);
        Await.event(channel);
        context.await();
        called.await();
        assertEquals(0, queued.failures() + inline.failures());
      }
    }

    /** In a thread of the library, which has inherited nothing from its creator. */
    private static void count(CountDownLatch called) {
      Thread thread = Thread.currentThread();
      if (thread.getContextClassLoader() != null || USER.get() != null) {
        System.out.println("inherited " + thread.getContextClassLoader() + " " + USER.get());
      }
      called.countDown();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "no loader", "thread-local", "no loader, thread-local"})
  void loaderOfAnUndeployedApplicationIsCollected(String how) throws Exception {
    try (Child child = Child.calling(getClass(), "serve").start(how)) {
      child.expect("collected, while others go on");
      child.expect("collected");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void serve(String[] arguments) throws Exception {
    Garbage first = new Garbage();
    // The application starts the dispatcher, and another one has it go on.
    try (SignalChannel other = SignalChannel.coalescing()) {
      deploy(arguments[0], first, () -> Signals.notify(other, Signal.CONT));
      deploy(arguments[0], first, () -> {});
      first.awaitCollection();
      System.out.println("collected, while others go on");
    }
    Garbage second = new Garbage();
    deploy(arguments[0], second, () -> {});
    second.awaitCollection();
    System.out.println("collected");
  }

  /** Runs an application in a request of its own, and forgets it. */
  private static void deploy(String how, Garbage garbage, Runnable meanwhile) throws Exception {
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    ClassLoader loader = new ApplicationLoader();
    Thread request =
        new Thread(
            () -> {
              Thread.currentThread().setContextClassLoader(loader);
              try (SignalChannel mine = SignalChannel.coalescing()) {
                Signals.notify(mine, Signal.URG); // this thread starts the dispatcher
                meanwhile.run();
                Runnable application =
                    (Runnable)
                        loader
                            .loadClass(Application.class.getName())
                            .getConstructor(String.class)
                            .newInstance(how);
                application.run();
              } catch (Throwable e) {
                failure.set(e);
              }
            },
            "request");
    request.start();
    request.join();
    if (failure.get() != null) {
      throw new AssertionError(failure.get());
    }
    garbage.add("loader", loader);
  }
}
