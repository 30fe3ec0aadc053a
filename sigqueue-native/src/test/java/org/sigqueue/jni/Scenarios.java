package org.sigqueue.jni;

import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import org.sigqueue.core.Receiver;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.source.Disposition;
import org.sigqueue.core.source.SignalSourceException;

/** The scenarios of {@link ChildJvm}; the argument names the method. */
public final class Scenarios {
  private static final int STACK = 1 << 15;
  private static final int SIGUSR1 = 10;
  private static final int SIGTERM = 15;
  private static final int SIGTSTP = 20;

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
    try (Receiver receiver = block.queue().claim(new FutexStrategy())) {
      block.want(signal);
      source.install(signal);
      source.sender().kill(ProcessHandle.current().pid(), signal);
      if (receiver.receive() != signal) {
        throw new AssertionError();
      }
    }
  }

  /** Uses what stack the source tells, until there is no more. */
  static void descendWhileThereIsStack() throws Exception {
    NativeSignalSource source = new NativeSignalSource();
    source.open();
    FutureTask<Integer> levels = new FutureTask<>(() -> descendWhileThereIsStack(source, 0));
    new Thread(null, levels, "deep", 1 << 19).start();
    System.out.println(levels.get() > 100 ? "has met the end" : "has too little");
  }

  private static int descendWhileThereIsStack(NativeSignalSource source, long foundAbove) {
    long found = source.findStack(STACK, foundAbove);
    if (found == 0) {
      return 0;
    }
    int unused = descend(STACK / 256); // the interpreter's frames, too, are smaller than that
    return descendWhileThereIsStack(source, found) + 1;
  }

  private static int descend(int left) {
    return left == 0 ? 0 : descend(left - 1) + 1;
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
  static void receiveExclusively() throws Exception {
    NativeSignalSource source = new NativeSignalSource();
    SharedBlock block = source.block();
    String how;
    try (Receiver receiver = block.queue().claim(new SigwaitStrategy())) {
      block.want(SIGUSR1);
      source.install(SIGUSR1);
      try {
        source.enterExclusive(SignalSet.of(SIGUSR1));
        how = "received with " + source.reserved();
      } catch (SignalSourceException e) {
        how = "by the handler: " + e.getMessage();
      }
      source.sender().kill(ProcessHandle.current().pid(), SIGUSR1);
      if (receiver.receive() != SIGUSR1 || source.refusal(SIGUSR1) != null) {
        throw new AssertionError();
      }
      source.leaveExclusive(SignalSet.of(SIGUSR1));
      ExclusiveReceiver.await(() -> { // the deadline is the parent's
        source.leaveExclusive(SignalSet.EMPTY); // a thread may have been late
        return source.reserved().isEmpty() && source.trouble() == null;
      });
    }
    System.out.println(how);
  }

  /** As if somebody else had handlers for all real-time signals but one. */
  static void receiveExclusivelyWhereOneIsFree() throws Exception {
    NativeSignalSource source = new NativeSignalSource();
    for (int signal = 34; signal < 64; signal++) {
      source.install(signal);
    }
    receiveExclusively();
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

  /** Two copies that want the same signal: the second is refused, and the first keeps it. */
  static void receiveInTwoClassLoaders() throws Exception {
    NativeSignalSource source = new NativeSignalSource();
    try (Receiver receiver = source.block().queue().claim(new FutexStrategy())) {
      source.block().want(SIGUSR1);
      source.install(SIGUSR1);
      try {
        loadElsewhere();
      } catch (SignalSourceException e) {
        System.out.println(e.getMessage());
      }
      source.sender().kill(ProcessHandle.current().pid(), SIGUSR1);
      System.out.println("received " + receiver.receive());
    }
    source.block().unwant(SIGUSR1);
    source.restore(SIGUSR1);
    loadElsewhere();
    System.out.println("and then the other");
  }

  /** Loads one file in two class loaders, which the VM refuses. */
  static void loadInTwoClassLoaders() throws Exception {
    loadElsewhere();
    loadElsewhere();
  }

  /** A line for each. */
  static void printTheFacts() {
    NativeSignalSource source = new NativeSignalSource();
    source.facts().forEach((name, fact) -> System.out.println(name + ": " + fact));
  }

  /** As a process that is killed while it loads. */
  static void dieBeforeLoading() throws Exception {
    Path file =
        PrivateDirectory.createIn(Path.of(System.getProperty("java.io.tmpdir"))).file("library");
    Runtime.getRuntime().halt(Files.exists(Files.createFile(file)) ? 0 : 1);
  }

  /** Loads 200 copies, and prints how many that were. */
  static void loadManyTimes() throws Exception {
    int loaded = 0;
    for (; loaded < 200; loaded++) {
      Class<?> library = newLoader().loadClass(NativeLibrary.class.getName());
      Method load = library.getDeclaredMethod("load");
      load.setAccessible(true);
      load.invoke(null);
    }
    System.out.println("loaded " + loaded);
  }

  /** The signal was blocked when this process was started, so all its threads block it. */
  static void receiveWhatTheParentHasBlocked() throws Exception {
    NativeSignalSource source = new NativeSignalSource();
    SharedBlock block = source.block();
    try (Receiver receiver = block.queue().claim(new FutexStrategy())) {
      block.want(SIGUSR1);
      source.install(SIGUSR1);
      source.sender().kill(ProcessHandle.current().pid(), SIGUSR1);
      System.out.println("accepted before: " + block.accepted(SIGUSR1));
      SignalSet unblocked = source.unblockInThisThread(SignalSet.of(SIGUSR1, SIGTERM));
      System.out.println("unblocked: " + unblocked);
      System.out.println("received: " + receiver.receive());
      source.blockInThisThread(unblocked);
      source.sender().kill(ProcessHandle.current().pid(), SIGUSR1);
      System.out.println("accepted after: " + block.accepted(SIGUSR1));
    }
  }

  /** Stops until it is continued, although the signal is received; then ends by another. */
  static void performDefaults() {
    NativeSignalSource source = new NativeSignalSource();
    for (int signal : new int[] {SIGTSTP, SIGTERM}) {
      source.block().want(signal);
      source.install(signal);
      System.out.println("performs " + signal);
      source.performDefault(signal);
    }
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
    source.sender().kill(ProcessHandle.current().pid(), SIGUSR1);
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
    URLClassLoader loader = newLoader();
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

  private static URLClassLoader newLoader() {
    URL core = SharedBlock.class.getProtectionDomain().getCodeSource().getLocation();
    URL jni = NativeLibrary.class.getProtectionDomain().getCodeSource().getLocation();
    return new URLClassLoader(
        "a web application", new URL[] {core, jni}, ClassLoader.getPlatformClassLoader());
  }
}
