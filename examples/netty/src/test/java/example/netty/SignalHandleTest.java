package example.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.util.ServiceLoader;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.sigqueue.core.source.SignalSource;

/** Real signals, received by an event loop of Netty's. */
class SignalHandleTest {
  private static final int USR1 = 10;
  private static final int ROUNDS = 5;

  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

  @Test
  void eventLoopReceivesSignalsItself() throws Exception {
    SignalSource source = ServiceLoader.load(SignalSource.class).findFirst().orElseThrow();
    source.open();
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    IoEventLoop loop = group.next();
    SignalHandle handle =
        loop.submit(
                () ->
                    new SignalHandle(
                        source,
                        USR1,
                        signal ->
                            received.add(
                                signal.signal + " from " + signal.pid + " on loop "
                                    + loop.inEventLoop())))
            .get();
    IoRegistration registration = loop.register(handle).get();
    loop.submit(() -> handle.begin(registration)).get();
    long pid = ProcessHandle.current().pid();
    for (int i = 0; i < ROUNDS; i++) {
      source.sender().kill(pid, USR1);
      assertEquals("10 from " + pid + " on loop true", received.poll(1, TimeUnit.MINUTES));
    }
    assertTrue(registration.cancel());
    loop.submit(handle::close).get();
    assertTrue(!source.disposition(USR1).ours());
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).get();
  }
}
