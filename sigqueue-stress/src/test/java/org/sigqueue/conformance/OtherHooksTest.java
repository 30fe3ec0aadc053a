package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigqueue.Signal;
import org.sigqueue.shutdown.GracefulShutdown;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Steps that need a database (H2) and a log (Log4j) which close themselves in hooks of their own.
 */
@Timeout(300)
class OtherHooksTest {
  private static final Path NEIGHBOURS = Path.of("target/neighbours");

  @TempDir Path directory;

  private Child shop(String end, String log4j) throws Exception {
    Path configuration =
        Files.writeString(
            directory.resolve("log4j2.xml"),
            """
            <Configuration status="OFF" %s><Appenders><Console name="C">
              <PatternLayout pattern="LOG %%m%%n"/></Console></Appenders>
              <Loggers><Root level="info"><AppenderRef ref="C"/></Root></Loggers></Configuration>
            """
                .formatted(log4j));
    return Child.calling(OtherHooksTest.class, "shop")
        .library(NEIGHBOURS)
        .withoutLoggingProvider()
        .java("-Dlog4j2.configurationFile=" + configuration)
        .start(end, directory.resolve("shop"));
  }

  static void shop(String[] arguments) throws Exception {
    Logger log = LoggerFactory.getLogger(OtherHooksTest.class);
    Connection database = DriverManager.getConnection("jdbc:h2:" + arguments[1]);
    try (Statement statement = database.createStatement()) {
      statement.execute("create table ends(at timestamp)");
    }
    GracefulShutdown shutdown =
        GracefulShutdown.on(Signal.TERM)
            .step(
                "drain",
                () -> {
                  if (arguments[0].equals("exit")) {
                    awaitEndOf(database);
                  }
                })
            .step("note the end", () -> System.out.println(note(database)))
            .step("say goodbye", () -> log.warn("the last words of the shop"))
            .step(
                "close the log",
                () -> {
                  if (arguments[0].equals("exit, log by a step")) {
                    Class<?> log4j = Class.forName("org.apache.logging.log4j.LogManager");
                    log4j.getMethod("shutdown").invoke(null);
                  }
                })
            .install();
    System.out.println("ready");
    switch (arguments[0]) {
      case "signal" -> Thread.sleep(Duration.ofMinutes(5).toMillis());
      case "begin" -> shutdown.begin(3, "a fatal condition");
      default -> System.exit(3);
    }
  }

  private static String note(Connection database) {
    try (Statement statement = database.createStatement()) {
      statement.execute("insert into ends values(now())");
      return "NOTED";
    } catch (SQLException e) {
      return "NOT NOTED";
    }
  }

  private static void awaitEndOf(Connection database) throws Exception {
    while (database.isValid(1)) {
      Thread.sleep(10);
    }
  }

  @Test
  void stepsAfterASignalFindThemOpen() throws Exception {
    try (Child shop = shop("signal", "")) {
      shop.expectStart("ready");
      Tools.help("kill", shop.pid(), Signal.TERM.number());
      shop.expectStarts("NOTED", "LOG the last words of the shop");
      assertEquals("exited 143", shop.end());
    }
  }

  @Test
  void stepsThatTheProgramBeginsFindThemOpen() throws Exception {
    try (Child shop = shop("begin", "")) {
      shop.expectStart("ready");
      shop.expectStarts("NOTED", "LOG the last words of the shop");
      assertEquals("exited 3", shop.end());
    }
  }

  /** Why there is a way to begin it: the hooks of the others run beside the steps. */
  @Test
  void stepsOfAnExitFindThemClosed() throws Exception {
    try (Child shop = shop("exit", "")) {
      shop.expectStart("ready");
      assertEquals("exited 3", shop.end());
      List<String> lines = shop.rest();
      assertEquals(true, lines.contains("NOT NOTED"), lines.toString());
      assertFalse(lines.contains("NOTED"), lines.toString());
    }
  }

  @Test
  void logWithoutAHookIsThereToTheLastStepOfAnExit() throws Exception {
    try (Child shop = shop("exit, log by a step", "shutdownHook=\"disable\"")) {
      shop.expectStart("ready");
      shop.expectStart("LOG the last words of the shop");
      assertEquals("exited 3", shop.end());
    }
  }
}
