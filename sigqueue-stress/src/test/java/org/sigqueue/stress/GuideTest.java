package org.sigqueue.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigqueue.Signal;
import org.sigqueue.Signals;
import org.sigqueue.conformance.Child;
import org.sigqueue.conformance.TerminalSession;
import org.sigqueue.conformance.Tools;
import org.sigqueue.guide.Children;
import org.sigqueue.guide.Counts;
import org.sigqueue.guide.Editor;
import org.sigqueue.guide.HttpService;
import org.sigqueue.guide.NapStrategy;
import org.sigqueue.guide.Orders;
import org.sigqueue.guide.ReloadOnHup;
import org.sigqueue.guide.SendOrders;
import org.sigqueue.guide.WhoEndedMe;

/** The programs of the guide are shown whole, and they work. */
@Timeout(180)
class GuideTest {
  private static final Path PAGES = Path.of("../docs/guide");
  private static final Path PROGRAMS = Path.of("src/test/java/org/sigqueue/guide");
  private static final int CLIENTS = 4;
  private static final char CTRL_C = 3;
  private static final char CTRL_Z = 26;

  @TempDir private Path directory;

  @Test
  void eachProgramIsOnAPageAndRuns() throws IOException {
    String shown = blocksOfAllPages();
    String tests = Files.readString(Path.of("src/test/java/org/sigqueue/stress/GuideTest.java"));
    for (Path program : list(PROGRAMS, ".java")) {
      String code = SourceTree.squeezed(Files.readString(program));
      String bare = code.replaceFirst("^package[\\w.]+;", "");
      assertTrue(shown.contains(bare), () -> program + " is on no page");
      String name = program.getFileName().toString().replace(".java", "");
      boolean isRun = name.endsWith("Test") || tests.contains("(" + name + ".class, ");
      assertTrue(isRun || tests.contains(name + ".main("), () -> program + " is not run");
    }
  }

  private static String blocksOfAllPages() throws IOException {
    List<String> blocks = new ArrayList<>();
    for (Path page : list(PAGES, ".md")) {
      for (DocsPage.Block block : DocsPage.read(page).blocks()) {
        blocks.add(SourceTree.squeezed(block.text()));
      }
    }
    return String.join("\n", blocks);
  }

  private static List<Path> list(Path folder, String ending) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> found = files.filter(file -> file.toString().endsWith(ending)).toList();
      assertTrue(found.size() > 5, () -> "files: " + found);
      return found;
    }
  }

  private static void send(Child to, Signal signal) throws Exception {
    Tools.help("kill", to.pid(), signal.number());
  }

  // ---- HTTP

  /** The balancer stops its clients when it is told that the server is not ready. */
  @Test
  void serverLosesNoRequestWhenItIsStopped() throws Exception {
    String log = "-Dorg.slf4j.simpleLogger.defaultLogLevel=info";
    try (Child server = Child.calling(HttpService.class, "main").java(log).start("PT2M")) {
      int port = Integer.parseInt(server.expectStart("port ").substring("port ".length()));
      AtomicBoolean stop = new AtomicBoolean();
      List<CompletableFuture<Integer>> clients =
          IntStream.range(0, CLIENTS)
              .mapToObj(each -> CompletableFuture.supplyAsync(() -> requests(port, stop)))
              .toList();
      try (Upload open = new Upload(port)) {
        assertEquals(200, get(port, "/ready"));
        send(server, Signal.TERM);
        while (get(port, "/ready") == 200) {
          Thread.onSpinWait();
        }
        stop.set(true);
        for (CompletableFuture<Integer> client : clients) {
          assertTrue(client.get(1, TimeUnit.MINUTES) > 0);
        }
        assertEquals(503, get(port, "/ready"));
        server.awaitError("step 'leave the load balancer' took");
        assertEquals("HTTP/1.1 200 OK", open.finish());
      }
      assertEquals("exited 0", server.end());
    }
  }

  private static int get(int port, String path) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
    return connection.getResponseCode();
  }

  /** Sends requests one after the other, and throws if one of them gets no answer. */
  private static int requests(int port, AtomicBoolean stop) {
    int answered = 0;
    do {
      try {
        assertEquals(200, get(port, "/work"));
      } catch (IOException e) {
        throw new AssertionError("request " + answered, e);
      }
      answered++;
    } while (!stop.get());
    return answered;
  }

  /** A request whose body is still to come; the server has begun with it. */
  private static final class Upload implements AutoCloseable {
    private final Socket socket;
    private final Writer output;
    private final BufferedReader input;

    Upload(int port) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      output = new OutputStreamWriter(socket.getOutputStream(), StandardCharsets.US_ASCII);
      input =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      output.write("POST /work HTTP/1.1\r\nHost: localhost\r\n");
      output.write("Content-Length: 4\r\nExpect: 100-continue\r\n\r\n");
      output.flush();
      assertEquals("HTTP/1.1 100 Continue", input.readLine());
      while (!input.readLine().isEmpty()) {
        // A field of the header.
      }
    }

    String finish() throws IOException {
      output.write("body");
      output.flush();
      return input.readLine();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  // ---- Reload

  @Test
  void lastRequestToReloadIsNeverMissed() throws Exception {
    Path file = directory.resolve("settings");
    write(file, "n=0");
    try (Child service = Child.calling(ReloadOnHup.class, "main").start(file)) {
      service.expectStart("started with {n=0}");
      for (int n = 1; n <= 100; n++) {
        write(file, "n=" + n);
        Signals.send(service.pid(), Signal.HUP);
      }
      String reloaded = service.expectStart("SIGHUP ");
      while (!reloaded.endsWith(": reloaded {n=100}")) {
        reloaded = service.expectStart("SIGHUP ");
      }
      write(file, "n=\\uXXXX");
      send(service, Signal.HUP);
      while (!service.expectStart("SIGHUP ").contains(": the old settings stay: ")) {
        // A reload of before.
      }
    }
  }

  /** At once: a reload may read at any time. */
  private void write(Path file, String text) throws IOException {
    Path written = Files.writeString(directory.resolve("new"), text);
    Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
  }

  // ---- Who sent it

  @Test
  void observerTellsWhoAndTheJvmExits() throws Exception {
    try (Child program = Child.calling(WhoEndedMe.class, "main").start()) {
      program.expectStart("ready");
      Process shell = new ProcessBuilder("sh", "-c", "kill " + program.pid()).start();
      assertEquals(0, Tools.await(shell));
      program.expectStart("SIGTERM from pid " + shell.pid());
      program.expectStart("command line: ");
      program.expect("the kernel vouches for it: true");
      assertEquals("exited 143", program.end());
    }
  }

  // ---- Terminal

  @Test
  void editorResizesStopsContinuesAndEndsWithTheSecondCtrlC() throws Exception {
    try (TerminalSession terminal = TerminalSession.of(Child.calling(Editor.class, "main"))) {
      terminal.expect("started, size ");
      terminal.resize(30, 100);
      terminal.expect("resized, size 30 100");
      terminal.press(CTRL_Z);
      terminal.expect("terminal is as it was", "stopped 20");
      terminal.foreground();
      terminal.expect("continued, size 30 100");
      terminal.press(CTRL_C);
      terminal.expect("saving");
      terminal.press(CTRL_C);
      terminal.expect("exited 130");
    }
  }

  // ---- Children

  @Test
  void changesOfAChildAreToldApart() throws Exception {
    try (Child program = Child.calling(Children.class, "main").start()) {
      assertTrue(program.expectStart("pid ").endsWith(" stopped by SIGSTOP"));
      assertTrue(program.expectStart("pid ").endsWith(" continued"));
      assertTrue(program.expectStart("pid ").endsWith(" exited with 7"));
      program.expect("status 7");
      assertEquals("exited 0", program.end());
    }
  }

  // ---- Real-time signals

  @Test
  void ordersComeCompleteAndInOrder() throws Exception {
    try (Child receiver = Child.calling(Orders.class, "main").start()) {
      receiver.expectStart("ready");
      SendOrders.main(new String[] {String.valueOf(receiver.pid())});
      String sender = " from pid " + ProcessHandle.current().pid() + " ";
      for (int value = 100; value > 0; value--) {
        String order = receiver.line();
        assertTrue(order.startsWith("order " + value + sender), order);
      }
      assertEquals("exited 0", receiver.end());
    }
  }

  // ---- Parking strategy

  @Test
  void strategyOfOnesOwnReceives() throws Exception {
    try (Child program = Child.calling(NapStrategy.class, "main").start()) {
      program.expectStart("ready");
      send(program, Signal.USR1);
      program.expectStart("SIGUSR1 from pid ");
      assertEquals("exited 0", program.end());
    }
  }

  // ---- Observing

  @Test
  void eachSignalIsAccountedFor() throws Exception {
    try (Child program = Child.calling(Counts.class, "main").start()) {
      program.expectStart("accepted: SIGRTMIN+3 10");
      program.expectStart("each DeliveryStats[delivered=4, coalesced=0, dropped=6]");
      program.expectStart("last DeliveryStats[delivered=1, coalesced=9, dropped=0]");
      assertEquals("exited 0", program.end());
    }
  }

  // ---- Migration

  @Test
  void whatOthersWriteIsWrittenSo() throws Exception {
    try (Child program = Child.calling(MigrationExample.class, "main").start()) {
      program.expectStart("ready");
      send(program, Signal.USR1);
      program.expectStart("SIGUSR1");
      send(program, Signal.WINCH);
      program.expectStarts("redraw", "SIGWINCH");
      send(program, Signal.HUP);
      for (int i = 0; i < 3; i++) {
        program.expectStart("reload");
      }
      send(program, Signal.INT);
      program.expectStarts("shut down", "busy");
      send(program, Signal.TERM);
      program.expectStarts("shut down", "stopped");
      assertEquals("exited 0", program.end());
    }
  }
}
