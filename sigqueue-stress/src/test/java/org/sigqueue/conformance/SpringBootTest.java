package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.Signal;
import org.sigqueue.shutdown.ExitStatus;
import org.sigqueue.shutdown.GracefulShutdown;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;

/**
 * A Spring Boot application that is closed by a step, with and without Boot's own shutdown hook.
 */
@Timeout(300)
class SpringBootTest {
  /** A part of the application that has a life. */
  static final class Web implements SmartLifecycle {
    private volatile boolean running;

    @Override
    public void start() {
      running = true;
    }

    @Override
    public void stop() {
      System.out.println("web stopped");
      running = false;
    }

    @Override
    public boolean isRunning() {
      return running;
    }
  }

  /** A part of the application that only ends. */
  static final class Pool implements DisposableBean {
    @Override
    public void destroy() {
      System.out.println("pool destroyed");
    }
  }

  static void application(String[] arguments) throws Exception {
    SpringApplication application = new SpringApplication(Web.class, Pool.class);
    application.setWebApplicationType(WebApplicationType.NONE);
    application.setLogStartupInfo(false);
    application.setRegisterShutdownHook(Boolean.parseBoolean(arguments[0]));
    ConfigurableApplicationContext context =
        application.run("--spring.main.banner-mode=off", "--logging.level.root=off");
    GracefulShutdown.on(Signal.TERM)
        .step("before", () -> System.out.println("active " + context.isActive()))
        .step("close the application", context::close)
        .step("after", () -> System.out.println("active " + context.isActive()))
        .exitStatus(ExitStatus.of(0))
        .install();
    System.out.println("ready");
    Thread.sleep(Duration.ofMinutes(5).toMillis());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void contextIsClosedInItsTurnAndOnce(boolean ownHook) throws Exception {
    try (Child application = Child.calling(SpringBootTest.class, "application").start(ownHook)) {
      application.expectStart("ready");
      Tools.help("kill", application.pid(), Signal.TERM.number());
      assertEquals("exited 0", application.end());
      assertEquals(
          List.of("active true", "web stopped", "pool destroyed", "active false"),
          application.rest());
    }
  }
}
