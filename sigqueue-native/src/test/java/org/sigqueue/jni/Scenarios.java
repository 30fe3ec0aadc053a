package org.sigqueue.jni;

import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import org.sigqueue.core.Delivery;
import org.sigqueue.core.Disposition;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalQueue;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.SignalSourceException;

/** What {@link ChildJvm} runs; the method that is named by the argument. */
public final class Scenarios {
  private static final int SIGUSR1 = 10;
  private static final int SIGTERM = 15;

  private Scenarios() {}

  /** Prints what the scenario prints, or the message of its failure. */
  public static void main(String[] arguments) throws Exception {
    try {
      Scenarios.class.getDeclaredMethod(arguments[0]).invoke(null);
    } catch (java.lang.reflect.InvocationTargetException e) {
      if (!(e.getCause() instanceof SignalSourceException refusal)) {
        throw e;
      }
      System.out.println("refused: " + refusal.getMessage());
    }
  }

  /** Receives one signal, from loading to the wakeup. */
  static void receive() throws Exception {
    NativeSignalSource source = new NativeSignalSource();
    receiveOne(source, SIGUSR1);
    System.out.println("received");
  }

  private static void receiveOne(NativeSignalSource source, int signal) throws Exception {
    SharedBlock block = source.block();
    try (SignalQueue queue = SignalQueue.over(block, new FutexStrategy())) {
      block.want(signal);
      source.install(signal);
      source.kill(ProcessHandle.current().pid(), signal);
      if (queue.receive() != signal) {
        throw new AssertionError();
      }
    }
  }

  static void loadAgainAfterAFailure() throws Exception {
    System.setProperty(NativeLibrary.PATH_PROPERTY, "/nonexistent");
    try {
      NativeLibrary.load();
    } catch (SignalSourceException e) {
      System.clearProperty(NativeLibrary.PATH_PROPERTY);
      receive();
    }
  }

  /** Receives one signal in exclusive delivery, and tells which signals that takes. */
  static void receiveDirectly() throws Exception {
    NativeSignalSource source = new NativeSignalSource();
    SharedBlock block = source.block();
    try (SignalQueue queue = SignalQueue.over(block, new DirectStrategy())) {
      block.want(SIGUSR1);
      source.install(SIGUSR1);
      source.deliver(SignalSet.of(SIGUSR1), Delivery.EXCLUSIVE);
      source.kill(ProcessHandle.current().pid(), SIGUSR1);
      if (queue.receive() != SIGUSR1) {
        throw new AssertionError();
      }
      System.out.println("received with " + source.reserved());
      source.deliver(SignalSet.of(SIGUSR1), Delivery.HANDLER);
    }
  }

  /** As if somebody else had handlers for all real-time signals but one. */
  static void receiveDirectlyWhereOneIsFree() throws Exception {
    NativeSignalSource source = new NativeSignalSource();
    for (int signal = 34; signal < 64; signal++) {
      source.install(signal);
    }
    receiveDirectly();
  }

  static void dieBySigterm() {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
    new NativeSignalSource().die(SIGTERM);
    System.out.println("survived");
  }

  /** The JVM is asked for a signal that we have: it displaces us, and we leave it alone. */
  static void displacedByTheJdk() throws Exception {
    NativeSignalSource source = new NativeSignalSource();
    source.install(SIGUSR1);
    Class<?> signal = Class.forName("sun.misc.Signal");
    Class<?> handler = Class.forName("sun.misc.SignalHandler");
    Method handle = signal.getMethod("handle", signal, handler);
    Object usr1 = signal.getConstructor(String.class).newInstance("USR1");
    Object ours = handle.invoke(null, usr1, handler.getField("SIG_IGN").get(null));
    Disposition theirs = source.disposition(SIGUSR1);
    System.out.println("restored: " + source.restore(SIGUSR1));
    System.out.println("left alone: " + theirs.equals(source.disposition(SIGUSR1)));
    // As a polite library does when it ends. We are inert by now.
    handle.invoke(null, usr1, ours);
    System.out.println("ours: " + source.disposition(SIGUSR1).ours());
    System.out.println("restored: " + source.restore(SIGUSR1));
    System.out.println("default: " + (source.disposition(SIGUSR1).handler() == 0));
  }

  static void pipeUnderLibjsig() {
    new NativeSignalSource().install(13);
  }

  static void loadInTwoClassLoaders() throws Exception {
    loadElsewhere();
    loadElsewhere();
    System.out.println("both");
  }

  /** A handler outlives the class loader that has brought it: a redeployed application. */
  static void handlerOutlivesItsClassLoader() throws Exception {
    WeakReference<ClassLoader> loader = new WeakReference<>(loadElsewhere());
    while (loader.get() != null) {
      System.gc();
    }
    // Another copy takes over on top of the orphan, and gives the signal back to it.
    NativeSignalSource source = new NativeSignalSource();
    Disposition orphan = source.disposition(SIGUSR1);
    source.kill(ProcessHandle.current().pid(), SIGUSR1);
    receiveOne(source, SIGUSR1);
    source.block().unwant(SIGUSR1);
    System.out.println("restored: " + source.restore(SIGUSR1));
    System.out.println("orphan: " + orphan.equals(source.disposition(SIGUSR1)));
    for (int i = 0; i < 100; i++) {
      Shim.tgkill((int) ProcessHandle.current().pid(), Shim.gettid(), SIGUSR1);
    }
    System.out.println("alive");
  }

  /** A second copy of all classes, which wants and installs SIGUSR1. */
  private static ClassLoader loadElsewhere() throws Exception {
    URL core = SharedBlock.class.getProtectionDomain().getCodeSource().getLocation();
    URL jni = NativeLibrary.class.getProtectionDomain().getCodeSource().getLocation();
    URLClassLoader loader =
        new URLClassLoader(new URL[] {core, jni}, ClassLoader.getPlatformClassLoader());
    Class<?> type = loader.loadClass(NativeSignalSource.class.getName());
    try {
      Object source = type.getConstructor().newInstance();
      Object block = type.getMethod("block").invoke(source);
      block.getClass().getMethod("want", int.class).invoke(block, SIGUSR1);
      type.getMethod("install", int.class).invoke(source, SIGUSR1);
    } catch (java.lang.reflect.InvocationTargetException e) {
      throw new SignalSourceException(String.valueOf(e.getCause().getMessage()), e);
    }
    loader.close();
    return loader;
  }
}
