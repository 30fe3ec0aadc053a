package org.sigqueue.cli;

import com.google.gson.JsonObject;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.sigqueue.ChildChange;
import org.sigqueue.Sender;
import org.sigqueue.SignalEvent;

/** An event as text: a line for people, or a JSON object. */
final class EventText {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS xxx", Locale.ROOT);

  private EventText() {}

  /** One line: the local time with its zone, and the event. */
  static String line(SignalEvent event) {
    return TIME.format(event.time().atZone(ZoneId.systemDefault())) + " " + event;
  }

  /** A JSON object in one line; unknown details have no member. */
  static String json(SignalEvent event) {
    JsonObject object = new JsonObject();
    object.addProperty("time", event.time().truncatedTo(ChronoUnit.MICROS).toString());
    object.addProperty("signal", event.signal().toString());
    object.addProperty("number", event.signal().number());
    object.addProperty("count", event.count());
    object.addProperty("cause", event.cause().name());
    event.sender().ifPresent(sender -> addSender(object, sender));
    event.child().ifPresent(child -> addChild(object, child));
    event.value().ifPresent(value -> object.addProperty("value", value));
    event.fd().ifPresent(fd -> object.addProperty("fd", fd));
    return object.toString();
  }

  private static void addSender(JsonObject object, Sender sender) {
    object.addProperty("pid", sender.pid());
    object.addProperty("uid", sender.uid());
    object.addProperty("verified", sender.isVerified());
    sender.name().ifPresent(name -> object.addProperty("name", name));
    sender.commandLine().ifPresent(words -> object.addProperty("commandLine", words));
    sender.parentPid().ifPresent(parent -> object.addProperty("parentPid", parent));
  }

  private static void addChild(JsonObject object, ChildChange child) {
    JsonObject change = new JsonObject();
    change.addProperty("pid", child.pid());
    change.addProperty("uid", child.uid());
    change.addProperty("kind", child.kind().name());
    change.addProperty("status", child.status());
    object.add("child", change);
  }
}
