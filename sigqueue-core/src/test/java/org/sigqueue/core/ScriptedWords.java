package org.sigqueue.core;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Heap words that run a step of another party just before an access: a chosen interleaving, without
 * a second thread. Each step is run once.
 */
final class ScriptedWords extends HeapQueueWords {
  private final Queue<Step> script = new ArrayDeque<>();

  private record Step(String access, Runnable action) {}

  /**
   * Runs the action before the next such access: "cas 2->0", "swap state", "wakeup", "swap mask".
   */
  ScriptedWords before(String access, Runnable action) {
    script.add(new Step(access, action));
    return this;
  }

  boolean isDone() {
    return script.isEmpty();
  }

  private void reach(String access) {
    Step next = script.peek();
    if (next != null && next.access().equals(access)) {
      script.remove();
      next.action().run();
    }
  }

  @Override
  boolean casState(int expected, int update) {
    reach("cas " + expected + "->" + update);
    return super.casState(expected, update);
  }

  @Override
  int swapState(int update) {
    reach("swap state");
    return super.swapState(update);
  }

  @Override
  long swapMask() {
    reach("swap mask");
    return super.swapMask();
  }

  @Override
  public int orNote(int bits) {
    reach(bits == WOKEN ? "wakeup" : "sleep");
    return super.orNote(bits);
  }
}
