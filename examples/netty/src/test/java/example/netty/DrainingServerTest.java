package example.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.shutdown.GracefulShutdown;
import org.sigqueue.shutdown.ShutdownReport;
import org.sigqueue.testing.VirtualSignalSource;

/** A request that is answered late, during a shutdown, over a virtual source. */
@Timeout(120)
class DrainingServerTest {
  private static final int REQUEST = 1;
  private static final int ANSWER = 42;

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch mayAnswer = new CountDownLatch(1);

  /** Answers on another thread, as a server that calls others does. */
  private final class Answering extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ReferenceCountUtil.release(message);
      asked.countDown();
      new Thread(() -> answer(context)).start();
    }

    private void answer(ChannelHandlerContext context) {
      try {
        mayAnswer.await();
      } catch (InterruptedException e) {
        return; // nobody does
      }
      context
          .writeAndFlush(Unpooled.wrappedBuffer(new byte[] {ANSWER}))
          .addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Test
  void requestThatIsOpenWhenTheSignalComesIsAnswered() throws Exception {
    VirtualSignalSource source = new VirtualSignalSource();
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    DrainingServer server = new DrainingServer(loops, Answering::new);
    try (SignalNotifier signals = SignalNotifier.builder().source(source).build();
        Socket client = new Socket("127.0.0.1", server.port())) {
      GracefulShutdown shutdown =
          server.endIn(GracefulShutdown.on(signals, Signal.TERM)).install();
      client.getOutputStream().write(REQUEST);
      asked.await();
      source.raise(Signal.TERM);
      while (!isRefused(server.port())) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
      for (int i = 0; i < 500 && !loops.isShuttingDown(); i++) { // a second in which it must not be
        TimeUnit.MILLISECONDS.sleep(2);
      }
      assertFalse(loops.isShuttingDown()); // it waits for the answer
      mayAnswer.countDown();
      assertEquals(ANSWER, client.getInputStream().read());
      while (shutdown.report().isEmpty()) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
      assertEquals(
          ShutdownReport.Outcome.COMPLETED, shutdown.report().orElseThrow().outcome());
    }
  }

  private static boolean isRefused(int port) {
    try {
      new Socket("127.0.0.1", port).close();
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
