package org.sigqueue.jni;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.OccurrenceRing;
import org.sigqueue.core.Receiver;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;

/** The examples of docs/embedding.md; EventLoopTest runs them. */
final class EmbeddingExample {
  private final Consumer<Occurrence> handler;

  EmbeddingExample(Consumer<Occurrence> handler) {
    this.handler = handler;
  }

  private void handle(Occurrence occurrence) {
    handler.accept(occurrence);
  }

  static SignalSource best() {
    List<SignalSource> sources = new ArrayList<>();
    ServiceLoader.load(SignalSource.class).forEach(sources::add);
    sources.sort(Comparator.comparingInt(SignalSource::priority).reversed());
    for (SignalSource source : sources) {
      try {
        source.open(); // may load a library
        return source;
      } catch (SignalSourceException e) {
        System.err.println(source.name() + ": " + e.getMessage()); // says what to do about it
      }
    }
    throw new IllegalStateException("no source of signals works here");
  }

  void receive(SignalSource source, int signal) throws InterruptedException {
    SharedBlock block = source.block();
    OccurrenceRing ring = new OccurrenceRing(block);
    Occurrence occurrence = new Occurrence(); // reused: a signal leaves no garbage

    try (Receiver receiver = block.queue().claim(ParkingStrategies.byName("futex"))) {
      block.want(signal); // first: a handler that runs must find its signal wanted
      source.install(signal);
      try {
        while (receiver.receive() != 0) { // 0: somebody has closed the queue
          while (ring.poll(occurrence)) {
            handle(occurrence); // signal, pid, uid, value, timeNanos and so on
          }
        }
      } finally {
        block.unwant(signal);
        source.restore(signal); // false: somebody has replaced our handler since
      }
    }
  }

  /** An event loop, and the part of it that receives signals. */
  static final class Loop {
    private final SharedBlock block;
    private final Receiver receiver;
    private final OccurrenceRing ring;
    private final Occurrence occurrence = new Occurrence();
    private final Consumer<Occurrence> handler;

    Loop(SharedBlock block, Receiver receiver, Consumer<Occurrence> handler) {
      this.block = block;
      this.receiver = receiver;
      this.ring = new OccurrenceRing(block);
      this.handler = handler;
    }

    private void handle(Occurrence each) {
      handler.accept(each);
    }

    void drain() {
      while (receiver.poll() != 0) {
        while (ring.poll(occurrence)) {
          handle(occurrence);
        }
      }
    }

    void run(IntConsumer epollWait) {
      while (!block.queue().isClosed()) {
        drain();
        if (receiver.beginWait()) { // false: something came meanwhile, so look again
          try {
            epollWait.accept(receiver.wakeFd()); // readable when a signal comes
          } finally {
            receiver.endWait(); // whatever ended the wait; makes the descriptor unreadable
          }
        }
      }
      drain(); // what came before the queue was closed
    }

    void onReadable() {
      receiver.endWait(); // does nothing the first time
      do {
        drain();
      } while (!receiver.beginWait() && !block.queue().isClosed());
    }
  }
}
