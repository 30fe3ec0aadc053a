package consumer;

import java.time.Duration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.Signals;

/** Says "ready", waits for one signal, and prints it with the process id of its sender. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws InterruptedException {
    try (SignalChannel channel = SignalChannel.coalescing()) {
      Signals.notify(channel, Signal.USR1);
      System.out.println("ready");
      SignalEvent event = channel.poll(Duration.ofSeconds(60));
      System.out.println(
          event == null
              ? "nothing"
              : event.signal()
                  + event.sender().map(sender -> " from pid " + sender.pid()).orElse(", no sender"));
    }
  }
}
