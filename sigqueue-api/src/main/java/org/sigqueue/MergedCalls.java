package org.sigqueue;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls a handler on an executor, one call at a time. Events that come during a call are merged by
 * signal, so that a slow handler misses nothing and nothing grows.
 */
final class MergedCalls {
  private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

  private final Consumer<? super SignalEvent> handler;
  private final Executor executor;
  private final ConcurrentSkipListMap<Signal, SignalEvent> waiting = new ConcurrentSkipListMap<>();

  /** Offers that no run has seen: 0 when idle; who makes it 1 starts a run. */
  private final AtomicLong unseen = new AtomicLong();

  MergedCalls(Consumer<? super SignalEvent> handler, Executor executor) {
    this.handler = handler;
    this.executor = executor;
  }

  void offer(SignalEvent event) {
    waiting.merge(event.signal(), event, (earlier, latest) -> latest.after(earlier));
    if (unseen.getAndIncrement() == 0) {
      executor.execute(this::run);
    }
  }

  private void run() {
    long seen = 1;
    do {
      for (Map.Entry<Signal, SignalEvent> next; (next = waiting.pollFirstEntry()) != null; ) {
        call(next.getValue());
      }
      seen = unseen.addAndGet(-seen);
    } while (seen != 0);
  }

  private void call(SignalEvent event) {
    try {
      handler.accept(event);
    } catch (Throwable e) { // whatever it is, the next event is handled
      LOG.error("a handler of second signals has failed", e);
    }
  }
}
