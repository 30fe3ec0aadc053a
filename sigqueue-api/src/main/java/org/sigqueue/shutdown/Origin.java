package org.sigqueue.shutdown;

import java.util.Optional;
import org.sigqueue.Sender;
import org.sigqueue.SignalEvent;

/** The origin of a signal, for people: all that can be told of it. */
final class Origin {
  private Origin() {}

  /** The origin in one line. Reads small files of {@code /proc}; not for the dispatcher thread. */
  static String describe(SignalEvent event) {
    StringBuilder text = new StringBuilder(event + ", cause " + event.cause());
    Optional<Sender> sender = event.sender();
    if (sender.isPresent()) {
      describe(sender.get(), text);
    }
    return text.toString();
  }

  private static void describe(Sender sender, StringBuilder text) {
    text.append(sender.isVerified() ? ", verified" : ""); // else the event says so already
    if (sender.name().isEmpty()) { // it has ended, which the event says already, or is unknown
      return;
    }
    sender
        .commandLine()
        .ifPresent(line -> text.append(", command line '").append(line).append('\''));
    if (sender.parentPid().isPresent()) {
      long parent = sender.parentPid().getAsLong();
      text.append(", parent pid ").append(parent);
      ProcessHandle.of(parent)
          .flatMap(process -> process.info().command())
          .ifPresent(path -> text.append(" (").append(fileName(path)).append(')'));
    }
  }

  private static String fileName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
