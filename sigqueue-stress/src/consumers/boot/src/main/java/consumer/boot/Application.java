package consumer.boot;

import java.time.Duration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.Signals;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** The same inside an application context. */
@Configuration(proxyBeanMethods = false)
public class Application {
  public static void main(String[] arguments) throws InterruptedException {
    SpringApplication application = new SpringApplication(Application.class);
    application.setBannerMode(Banner.Mode.OFF);
    application.setLogStartupInfo(false);
    try (ConfigurableApplicationContext context = application.run(arguments);
        SignalChannel channel = SignalChannel.coalescing()) {
      Signals.notify(channel, Signal.USR1);
      System.out.println("ready");
      SignalEvent event = channel.poll(Duration.ofSeconds(60));
      System.out.println(
          event == null || !context.isActive()
              ? "nothing"
              : event.signal()
                  + event.sender().map(sender -> " from pid " + sender.pid()).orElse(", no sender"));
    }
  }
}
