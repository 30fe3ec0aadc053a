package org.sigqueue.conformance;

import java.nio.file.Path;
import java.util.List;

/**
 * A recording of one kind of Flight Recorder events; by reflection, because the module of these
 * tests does not require {@code jdk.jfr}.
 */
final class Recording implements AutoCloseable {
  private final String event;
  private final Object recording;

  private Recording(String event) throws Exception {
    this.event = event;
    this.recording = Class.forName("jdk.jfr.Recording").getConstructor().newInstance();
    call("enable", event);
    call("start");
  }

  static Recording start(String event) throws Exception {
    return new Recording(event);
  }

  /** Ends it and returns how many events it has. */
  long stop() throws Exception {
    call("stop");
    Path file = Tools.newFile();
    recording.getClass().getMethod("dump", Path.class).invoke(recording, file);
    List<?> events =
        (List<?>)
            Class.forName("jdk.jfr.consumer.RecordingFile")
                .getMethod("readAllEvents", Path.class)
                .invoke(null, file);
    long count = 0;
    for (Object recorded : events) {
      Object type = recorded.getClass().getMethod("getEventType").invoke(recorded);
      if (type.getClass().getMethod("getName").invoke(type).equals(event)) {
        count++;
      }
    }
    return count;
  }

  @Override
  public void close() {
    call("close");
  }

  private void call(String method, Object... arguments) {
    Class<?>[] types = arguments.length == 0 ? new Class<?>[0] : new Class<?>[] {String.class};
    try {
      recording.getClass().getMethod(method, types).invoke(recording, arguments);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("Flight Recorder", e);
    }
  }
}
