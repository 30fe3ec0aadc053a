package org.sigqueue.guide;

import java.util.concurrent.CountDownLatch;
import org.sigqueue.Sender;
import org.sigqueue.Signal;
import org.sigqueue.SignalEvent;
import org.sigqueue.Signals;

/** The program of docs/guide/who-sent-it.md. */
public final class WhoEndedMe {
  private WhoEndedMe() {}

  public static void main(String[] args) throws InterruptedException {
    Signals.observe(WhoEndedMe::tell, Signal.HUP, Signal.INT, Signal.TERM);
    System.out.println("ready");
    new CountDownLatch(1).await(); // here your program would run
  }

  private static void tell(SignalEvent event) {
    System.out.println(event); // SIGTERM from pid 4242 (bash) uid 1000
    event.sender().ifPresentOrElse(WhoEndedMe::tell, () -> System.out.println(event.cause()));
  }

  private static void tell(Sender sender) {
    System.out.println("command line: " + sender.commandLine().orElse("gone"));
    System.out.println("the kernel vouches for it: " + sender.isVerified());
  }
}
