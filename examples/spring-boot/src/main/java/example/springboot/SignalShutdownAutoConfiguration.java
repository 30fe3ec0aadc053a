package example.springboot;

import org.sigqueue.Signal;
import org.sigqueue.shutdown.ExitStatus;
import org.sigqueue.shutdown.GracefulShutdown;
import org.sigqueue.shutdown.ShutdownStep;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of an ordered shutdown on INT and TERM: the application refuses traffic, runs
 * the {@link ShutdownStep}s among its beans in their order, and is closed. The log tells who sent
 * the signal and what each step took. Beans of type {@link ExitStatus} and {@link GracefulShutdown}
 * replace those of here.
 */
@AutoConfiguration
@EnableConfigurationProperties(SignalShutdownProperties.class)
public class SignalShutdownAutoConfiguration {
  /** The shutdown, which takes the signals back if the application is closed otherwise. */
  @Bean(destroyMethod = "close")
  @ConditionalOnMissingBean
  public GracefulShutdown gracefulShutdown(
      ConfigurableApplicationContext application,
      SignalShutdownProperties properties,
      ObjectProvider<ShutdownStep> steps,
      ObjectProvider<ExitStatus> status) {
    GracefulShutdown.Builder shutdown =
        GracefulShutdown.on(Signal.INT, Signal.TERM)
            .within(properties.within())
            .exitStatus(status.getIfAvailable(ExitStatus::ofSignal))
            .step(
                "refuse traffic",
                () ->
                    AvailabilityChangeEvent.publish(application, ReadinessState.REFUSING_TRAFFIC));
    if (!properties.drain().isZero()) {
      shutdown.step("let load balancers notice", () -> Thread.sleep(properties.drain().toMillis()));
    }
    steps.orderedStream().forEach(shutdown::step);
    return shutdown.step("close the application", application::close).install();
  }
}
