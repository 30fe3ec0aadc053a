package org.sigqueue.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.Signals;

/** The names in the metadata for native images are those of the code, which may change. */
class ReachabilityMetadataTest {
  private static JsonObject metadata(String module) throws IOException {
    String file = "META-INF/native-image/org.sigqueue/" + module + "/reachability-metadata.json";
    try (InputStream in = Signals.class.getClassLoader().getResourceAsStream(file)) {
      return JsonParser.parseString(new String(in.readAllBytes(), StandardCharsets.UTF_8))
          .getAsJsonObject();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sigqueue-native", "sigqueue-api"})
  void everyNamedTypeAndMemberIsThere(String module) throws Exception {
    JsonArray types = metadata(module).getAsJsonArray("reflection");
    for (JsonElement type : types) {
      assertFalse(found(type.getAsJsonObject()).isEmpty());
    }
    assertTrue(types.size() >= 2);
  }

  /** What an entry names; throws a ReflectiveOperationException if any of it is not there. */
  private static List<Object> found(JsonObject entry) throws Exception {
    List<Object> found = new ArrayList<>();
    if (entry.get("type").isJsonObject()) {
      for (JsonElement type : entry.getAsJsonObject("type").getAsJsonArray("proxy")) {
        found.add(Class.forName(type.getAsString()));
      }
      return found;
    }
    Class<?> type = Class.forName(entry.get("type").getAsString());
    found.add(type);
    for (JsonElement each : members(entry, "methods")) {
      JsonObject method = each.getAsJsonObject();
      String name = method.get("name").getAsString();
      JsonArray names = method.getAsJsonArray("parameterTypes");
      Class<?>[] parameters = new Class<?>[names.size()];
      for (int i = 0; i < parameters.length; i++) {
        parameters[i] = Class.forName(names.get(i).getAsString());
      }
      found.add(
          name.equals("<init>")
              ? type.getDeclaredConstructor(parameters)
              : type.getDeclaredMethod(name, parameters));
    }
    for (JsonElement field : members(entry, "fields")) {
      found.add(type.getDeclaredField(field.getAsJsonObject().get("name").getAsString()));
    }
    return found;
  }

  private static JsonArray members(JsonObject entry, String kind) {
    return entry.has(kind) ? entry.getAsJsonArray(kind) : new JsonArray();
  }

  @Test
  void nameThatIsNotThereIsFound() {
    for (String wrong :
        List.of(
            "{'type': 'sun.misc.Signa'}",
            "{'type': 'sun.misc.SignalHandler', 'fields': [{'name': 'SIG_NO'}]}",
            "{'type': 'sun.misc.Signal', 'methods': [{'name': 'raise', 'parameterTypes': []}]}")) {
      JsonObject entry = JsonParser.parseString(wrong).getAsJsonObject();
      assertThrows(ReflectiveOperationException.class, () -> found(entry), wrong);
    }
  }

  @Test
  void resourcesOfTheLibraryAreNamed() throws Exception {
    List<String> resources =
        List.of(
            "org/sigqueue/jni/linux-" + System.getProperty("os.arch") + "/libsigqueue.so",
            "META-INF/services/org.sigqueue.core.source.SignalSource",
            "META-INF/services/org.sigqueue.core.park.ParkingStrategy");
    JsonArray globs = metadata("sigqueue-native").getAsJsonArray("resources");
    assertEquals(resources.size(), globs.size());
    for (int i = 0; i < resources.size(); i++) {
      String glob = globs.get(i).getAsJsonObject().get("glob").getAsString();
      Path path = Path.of(resources.get(i));
      assertTrue(FileSystems.getDefault().getPathMatcher("glob:" + glob).matches(path), glob);
      assertTrue(Signals.class.getClassLoader().getResource(resources.get(i)) != null, glob);
    }
  }
}
