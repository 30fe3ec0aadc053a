package example.netty;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.sigqueue.shutdown.GracefulShutdown;

/**
 * A server that answers what it was asked before it ends. Its connections end with their answer;
 * for those that stay open, count the requests instead. An event loop group alone does not wait for
 * answers: {@code shutdownGracefully} closes its connections when it begins.
 */
public final class DrainingServer {
  private final EventLoopGroup loops;
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final Channel server;

  /** Listens on the loopback address, with a handler for each connection. */
  public DrainingServer(EventLoopGroup loops, Supplier<ChannelHandler> handlers)
      throws InterruptedException {
    this.loops = loops;
    this.server =
        new ServerBootstrap()
            .group(loops)
            .channel(EpollServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel connection) {
                    connections.add(connection);
                    connection.pipeline().addLast(handlers.get());
                  }
                })
            .bind("127.0.0.1", 0)
            .sync()
            .channel();
  }

  /** The port. */
  public int port() {
    return ((InetSocketAddress) server.localAddress()).getPort();
  }

  /** Adds the steps that end this, in their order. */
  public GracefulShutdown.Builder endIn(GracefulShutdown.Builder shutdown) {
    return shutdown
        .step("refuse new connections", () -> server.close().sync())
        .timedStep("answer the open requests", this::awaitAnswers)
        .step("stop the event loops", () -> loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync());
  }

  private void awaitAnswers(Duration left) throws Exception {
    for (EventExecutor loop : loops) {
      loop.submit(() -> {}).sync(); // the last that were accepted are among the connections then
    }
    if (!connections.newCloseFuture().await(left.toMillis())) {
      throw new TimeoutException(connections.size() + " connections are open");
    }
  }
}
