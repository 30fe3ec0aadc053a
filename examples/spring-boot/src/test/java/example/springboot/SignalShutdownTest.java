package example.springboot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import example.springboot.app.Shop;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A web application in a JVM of its own, which gets a real TERM. */
class SignalShutdownTest {
  private final HttpClient client = HttpClient.newHttpClient();
  private final List<String> log = new ArrayList<>();
  private Process application;
  private BufferedReader output;
  private int port;

  private void start(String... properties) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("java.home") + "/bin/java",
                "-cp",
                System.getProperty("java.class.path"),
                Shop.class.getName(),
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--management.endpoint.health.probes.enabled=true",
                "--signals.shutdown.drain=1ms"));
    command.addAll(List.of(properties));
    application = new ProcessBuilder(command).redirectErrorStream(true).start();
    output = application.inputReader();
    // A read of its output ends with it.
    CompletableFuture.delayedExecutor(3, TimeUnit.MINUTES).execute(application::destroyForcibly);
    port = Integer.parseInt(line("listens on ").replace("listens on ", ""));
  }

  @AfterEach
  void end() {
    if (application != null) {
      application.destroyForcibly();
    }
  }

  /** Reads on to a line with this text. */
  private String line(String text) throws IOException {
    String line;
    while ((line = output.readLine()) != null) {
      log.add(line);
      if (line.contains(text)) {
        return line;
      }
    }
    throw new AssertionError("'" + text + "' is not in " + log);
  }

  private HttpRequest request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build();
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(request(path), BodyHandlers.ofString());
  }

  @Test
  void trafficIsRefusedThenStepsRunThenRequestsEndThenBeansAreClosed() throws Exception {
    start("--signals.shutdown.within=2m");
    assertEquals(200, get("/actuator/health/readiness").statusCode());
    CompletableFuture<HttpResponse<String>> slow =
        client.sendAsync(request("/slow"), BodyHandlers.ofString());
    line("slow request begun");

    application.toHandle().destroy(); // TERM, and its output stays open
    line("SIGTERM from pid " + ProcessHandle.current().pid() + " ");
    line("step 'refuse traffic' took ");
    line("step 'let load balancers notice' took ");
    assertEquals(503, get("/actuator/health/readiness").statusCode());
    assertEquals(200, get("/actuator/health/liveness").statusCode());
    assertTrue(!slow.isDone());
    assertEquals("billed", get("/bill").body()); // a late request is served, and ends the step
    line("step 'wait for the bills' took ");

    HttpResponse<String> last = slow.get(1, TimeUnit.MINUTES);
    assertEquals(200, last.statusCode());
    assertEquals("done", last.body());
    line("database closed");
    line("step 'close the application' took ");
    line(" ms, all done");
    line("now exit status 143");
    assertTrue(application.waitFor(1, TimeUnit.MINUTES), "it ends");
    assertEquals(143, application.exitValue());
  }

  /** What Boot grants requests must be less than the step has, or the close hangs. */
  @Test
  void endlessRequestIsGivenUpSoThatBeansAreClosedInTime() throws Exception {
    start("--signals.shutdown.within=2m", "--spring.lifecycle.timeout-per-shutdown-phase=1s");
    client.sendAsync(request("/endless"), BodyHandlers.ofString());
    line("endless request begun");
    assertEquals("billed", get("/bill").body());

    application.toHandle().destroy();
    line("still running after timeout of 1000ms");
    line("database closed");
    line("step 'close the application' took ");
    line(" ms, all done");
    line("now exit status 143");
    assertTrue(application.waitFor(1, TimeUnit.MINUTES), "it ends");
    assertEquals(143, application.exitValue());
  }
}
