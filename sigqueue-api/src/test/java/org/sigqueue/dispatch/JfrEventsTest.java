package org.sigqueue.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.testing.VirtualSignalSource;

@Timeout(120)
class JfrEventsTest {
  @Test
  void flightRecordingHasReceivedDeliveredAndDropped(@TempDir Path dir) throws Exception {
    VirtualSignalSource source = new VirtualSignalSource();
    Path file = dir.resolve("signals.jfr");
    try (Recording recording = new Recording();
        SignalNotifier notifier = SignalNotifier.builder().source(source).build()) {
      recording.enable("org.sigqueue.SignalReceived");
      recording.enable("org.sigqueue.SignalDelivered");
      recording.enable("org.sigqueue.SignalDropped");
      recording.start();
      SignalChannel channel = SignalChannel.queueing(2);
      notifier.register(channel, Signal.USR1);
      for (int i = 0; i < 3; i++) {
        source.raise(Signal.USR1);
      }
      notifier.stop(channel);
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events = RecordingFile.readAllEvents(file);
    assertEquals(3, count(events, "SignalReceived"));
    assertEquals(2, count(events, "SignalDelivered"));
    assertEquals(1, count(events, "SignalDropped"));
    RecordedEvent received =
        events.stream().filter(event -> is(event, "SignalReceived")).findFirst().orElseThrow();
    assertEquals("SIGUSR1", received.getString("signal"));
    assertEquals(ProcessHandle.current().pid(), received.getInt("senderPid"));
  }

  private static long count(List<RecordedEvent> events, String name) {
    return events.stream().filter(event -> is(event, name)).count();
  }

  private static boolean is(RecordedEvent event, String name) {
    return event.getEventType().getName().equals("org.sigqueue." + name);
  }
}
