package example.springboot.app;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.sigqueue.shutdown.ShutdownStep;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** An application that has nothing of signals but a step of its own. */
@SpringBootApplication
@RestController
public class Shop {
  private final CountDownLatch billed = new CountDownLatch(1);
  private final CountDownLatch closing = new CountDownLatch(1);

  /** What has to outlive the requests. */
  static final class Database implements DisposableBean {
    @Override
    public void destroy() {
      System.out.println("database closed");
    }
  }

  public static void main(String[] arguments) {
    var application = SpringApplication.run(Shop.class, arguments);
    int port = ((ServletWebServerApplicationContext) application).getWebServer().getPort();
    System.out.println("listens on " + port);
  }

  @Bean
  Database database() {
    return new Database();
  }

  /** Waits for one last request. */
  @Bean
  ShutdownStep bills() {
    return ShutdownStep.of("wait for the bills", () -> await(billed));
  }

  @GetMapping("/bill")
  String bill() {
    billed.countDown();
    return "billed";
  }

  /** Is answered only while the application is being closed. */
  @GetMapping("/slow")
  String slow() throws InterruptedException {
    System.out.println("slow request begun");
    await(closing);
    return "done";
  }

  /** Is never answered. */
  @GetMapping("/endless")
  String endless() throws InterruptedException {
    System.out.println("endless request begun");
    new CountDownLatch(1).await();
    return "never";
  }

  @EventListener(ContextClosedEvent.class)
  void close() {
    closing.countDown();
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    if (!latch.await(1, TimeUnit.MINUTES)) {
      throw new IllegalStateException("it did not come");
    }
  }
}
