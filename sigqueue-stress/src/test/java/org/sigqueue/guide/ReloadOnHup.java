package org.sigqueue.guide;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.sigqueue.Signal;
import org.sigqueue.SignalBuffer;
import org.sigqueue.SignalEvent;
import org.sigqueue.Signals;
import org.sigqueue.shutdown.SystemdNotifier;

/** The program of docs/guide/reload.md. */
public final class ReloadOnHup {
  private final Path file;
  private volatile Properties settings; // immutable once it is here

  private ReloadOnHup(Path file) throws IOException {
    this.file = file;
    this.settings = read(file);
  }

  public static void main(String[] args) throws Exception {
    ReloadOnHup service = new ReloadOnHup(Path.of(args[0]));
    SystemdNotifier systemd = SystemdNotifier.ofProcess(); // does nothing without systemd
    Signals.process()
        .subscribe(
            event -> systemd.reload(() -> service.reload(event)),
            SignalBuffer.coalescing(),
            Signal.HUP);
    systemd.ready();
    System.out.println("started with " + service.settings);
    new CountDownLatch(1).await(); // here a server would run
  }

  private void reload(SignalEvent event) {
    try {
      settings = read(file);
      System.out.println(event + ": reloaded " + settings);
    } catch (IOException | IllegalArgumentException e) {
      System.out.println(event + ": the old settings stay: " + e.getMessage());
    }
  }

  private static Properties read(Path file) throws IOException {
    Properties read = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      read.load(reader);
    }
    return read;
  }
}
