package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A process that survives its end and tells how it was to be. */
final class FakeProcess implements ProcessEnd {
  final BlockingQueue<String> ends = new LinkedBlockingQueue<>();
  final Set<Thread> hooks = ConcurrentHashMap.newKeySet();
  volatile boolean canDie = true;
  volatile boolean exiting;

  @Override
  public void exit(int status) {
    ends.add("exit " + status);
  }

  @Override
  public void halt(int status) {
    ends.add("halt " + status);
  }

  @Override
  public void die(int signal) {
    if (!canDie) {
      throw new UnsupportedOperationException("on purpose, of a test");
    }
    ends.add("die " + signal);
  }

  @Override
  public void addHook(Thread hook) {
    if (exiting) {
      throw new IllegalStateException("on purpose, of a test");
    }
    hooks.add(hook);
  }

  @Override
  public void removeHook(Thread hook) {
    hooks.remove(hook);
  }

  /** What System.exit does first. */
  List<Thread> startHooks() {
    exiting = true;
    List<Thread> started = List.copyOf(hooks);
    started.forEach(Thread::start);
    return started;
  }

  /** The next way in which the process was to end. */
  String awaitEnd() throws InterruptedException {
    String end = ends.poll(50, TimeUnit.SECONDS);
    assertNotNull(end, "the process does not end");
    return end;
  }

  static void awaitEndOf(List<Thread> threads) throws InterruptedException {
    for (Thread thread : threads) {
      thread.join(Duration.ofSeconds(50).toMillis());
      assertTrue(!thread.isAlive(), () -> LastWords.whereabouts(thread));
    }
  }
}
