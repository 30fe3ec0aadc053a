package org.sigqueue.guide;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.sigqueue.Signal;
import org.sigqueue.shutdown.ExitStatus;
import org.sigqueue.shutdown.GracefulShutdown;

/** The program of docs/guide/http-server.md. */
public final class HttpService {
  private final ExecutorService workers = Executors.newCachedThreadPool();
  private final CountDownLatch refusedProbes = new CountDownLatch(2); // the balancer's threshold
  private volatile boolean ready = true;

  public static void main(String[] args) throws IOException {
    new HttpService().start(Duration.parse(args[0]));
  }

  private void start(Duration patience) throws IOException {
    InetAddress here = InetAddress.getLoopbackAddress();
    HttpServer server = HttpServer.create(new InetSocketAddress(here, 0), 0);
    server.setExecutor(workers);
    server.createContext("/ready", this::probe);
    server.createContext("/work", HttpService::work);
    server.start();

    GracefulShutdown.on(Signal.INT, Signal.TERM)
        .step("leave the load balancer", () -> leave(patience))
        .timedStep("finish the open requests", this::finish)
        .step("close the server", () -> server.stop(0))
        .within(patience.plusSeconds(15))
        .exitStatus(ExitStatus.of(0))
        .install();
    System.out.println("port " + server.getAddress().getPort());
  }

  private void probe(HttpExchange exchange) throws IOException {
    boolean accepts = ready;
    try (exchange) {
      exchange.sendResponseHeaders(accepts ? 200 : 503, -1);
    }
    if (!accepts) {
      refusedProbes.countDown();
    }
  }

  private static void work(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /** Goes on serving until the balancer knows, or for a while if nobody asks. */
  private void leave(Duration patience) throws InterruptedException {
    ready = false;
    refusedProbes.await(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void finish(Duration left) throws InterruptedException, TimeoutException {
    workers.shutdown();
    if (!workers.awaitTermination(left.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new TimeoutException("requests are still open");
    }
  }
}
