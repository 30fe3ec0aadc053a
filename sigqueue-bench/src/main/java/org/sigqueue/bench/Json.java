package org.sigqueue.bench;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Results for programs: {@code {"rows":[…],"ratios":[…],"failures":[…]}}. */
final class Json {
  private static final Gson GSON =
      new GsonBuilder()
          .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
          .serializeNulls()
          .setPrettyPrinting()
          .create();

  private record Document(List<?> rows, List<Result.Ratio> ratios, List<String> failures) {}

  private Json() {}

  static String text(Result result) {
    return GSON.toJson(new Document(result.rows(), result.ratios(), result.failures())) + "\n";
  }

  static void write(Path file, Result result) {
    try {
      Files.writeString(file, text(result));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
