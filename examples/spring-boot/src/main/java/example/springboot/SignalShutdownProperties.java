package example.springboot;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Properties of the shutdown.
 *
 * @param within the time from the signal to the end of the process: less than what the supervisor
 *     allows
 * @param drain the time between "not ready" and the close, for load balancers to notice
 */
@ConfigurationProperties("signals.shutdown")
public record SignalShutdownProperties(
    @DefaultValue("25s") Duration within, @DefaultValue("0s") Duration drain) {}
