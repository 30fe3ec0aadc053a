package example.netty;

import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import java.util.function.Consumer;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.OccurrenceRing;
import org.sigqueue.core.Receiver;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.source.SignalSource;

/**
 * Signals as an event of Netty's: the event loop receives them itself, with no other thread, when
 * the descriptor of the receiver is readable. Everything here runs on the event loop.
 */
public final class SignalHandle implements EpollIoHandle {
  private final SignalSource source;
  private final int signal;
  private final Consumer<Occurrence> handler;
  private final SharedBlock block;
  private final OccurrenceRing ring;
  private final Receiver receiver;
  private final Occurrence occurrence = new Occurrence(); // reused: a signal leaves no garbage

  /** Claims the receiver and installs the handler of the signal. */
  public SignalHandle(SignalSource source, int signal, Consumer<Occurrence> handler) {
    this.source = source;
    this.signal = signal;
    this.handler = handler;
    this.block = source.block();
    this.ring = new OccurrenceRing(block);
    this.receiver = block.queue().claim(ParkingStrategies.byName("eventfd"));
    block.want(signal);
    source.install(signal);
  }

  @Override
  public FileDescriptor fd() {
    return new FileDescriptor(receiver.wakeFd());
  }

  @Override
  public void registered() {}

  /** To be called once after the registration, and then by Netty. */
  public void begin(IoRegistration registration) {
    registration.submit(EpollIoOps.EPOLLIN);
    onReadable();
  }

  @Override
  public void handle(IoRegistration registration, IoEvent event) {
    onReadable();
  }

  private void onReadable() {
    receiver.endWait(); // does nothing the first time
    do {
      drain();
    } while (!receiver.beginWait() && !block.queue().isClosed());
  }

  private void drain() {
    while (receiver.poll() != 0) {
      while (ring.poll(occurrence)) {
        handler.accept(occurrence);
      }
    }
  }

  @Override
  public void unregistered() {}

  /** Gives the signal and the receiver back; what was accepted before is handled first. */
  @Override
  public void close() {
    block.unwant(signal);
    source.restore(signal);
    receiver.endWait();
    drain();
    receiver.close();
  }
}
