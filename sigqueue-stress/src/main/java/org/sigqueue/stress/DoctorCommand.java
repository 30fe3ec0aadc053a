package org.sigqueue.stress;

import com.google.gson.GsonBuilder;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.SignalSource;
import org.sigqueue.core.SignalSourceException;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Tells what works here, and why the rest does not. */
@Command(
    name = "doctor",
    description = "Tells what works in this JVM on this system, and why the rest does not.",
    sortOptions = false,
    exitCodeListHeading = "Exit status:%n",
    exitCodeList = {
      "0:signals can be received",
      "1:signals cannot be received",
      "2:wrong arguments"
    })
final class DoctorCommand implements Callable<Integer> {
  private static final Pattern REFUSAL = Pattern.compile("^SIG\\S+ cannot be received: ");

  private final Supplier<SignalSource> sources;

  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--json", description = "Print it as JSON.")
  private boolean json;

  DoctorCommand(Supplier<SignalSource> sources) {
    this.sources = sources;
  }

  @Override
  public Integer call() {
    Diagnosis diagnosis = Diagnosis.of(source());
    PrintWriter out = Main.required(spec).commandLine().getOut();
    if (json) {
      out.println(new GsonBuilder().setPrettyPrinting().create().toJson(diagnosis));
    } else {
      print(diagnosis, out);
    }
    out.flush();
    return diagnosis.source() == null ? ExitCode.SOFTWARE : ExitCode.OK;
  }

  private @Nullable SignalSource source() {
    try {
      return sources.get();
    } catch (SignalSourceException e) {
      return null; // the diagnosis of each source says why
    }
  }

  private static void print(Diagnosis found, PrintWriter out) {
    item(out, "sigqueue", found.version());
    item(out, "JVM", found.java());
    item(out, "system", found.system());
    item(out, "-Xrs", yes(found.reducedSignalUsage()));
    item(out, "libjsig", found.libjsig() ? "loaded: it keeps PIPE and XFSZ for the JVM" : "no");
    for (Diagnosis.Source source : found.sources()) {
      item(out, "source " + source.name(), text(source, found.source()));
      if (source.nativeAccess() != null) {
        item(out, "  native access", source.nativeAccess());
      }
    }
    if (found.source() == null) {
      out.println("signals cannot be received");
      return;
    }
    item(out, "ring", found.ringRecords() + " records");
    item(out, "queued signals", found.pendingSignals() == null ? "?" : found.pendingSignals());
    for (Diagnosis.ParkingChoice parking : found.parking()) {
      item(out, "parking " + parking.name(), text(parking));
    }
    for (Diagnosis.DeliveryChoice delivery : found.deliveries()) {
      String name = Converters.Deliveries.text(delivery.name());
      item(out, "delivery " + name, text(delivery));
    }
    byStatus(found.signals()).forEach((status, names) -> item(out, status, names));
  }

  private static String text(Diagnosis.Source source, @Nullable String inUse) {
    if (source.failure() != null) {
      return "does not work: " + source.failure();
    }
    return source.name().equals(inUse) ? "in use" : "works; not needed";
  }

  private static String text(Diagnosis.ParkingChoice parking) {
    return parking.refusal() != null
        ? parking.refusal()
        : parking.preferred() ? "preferred" : "works";
  }

  private static String text(Diagnosis.DeliveryChoice delivery) {
    if (delivery.refusal() != null) {
      return REFUSAL.matcher(delivery.refusal()).replaceFirst("");
    }
    return switch (delivery.name()) {
      case HANDLER -> "works; usual for standard signals";
      case STEERED -> "works; the primordial thread blocks the signal";
      case EXCLUSIVE ->
          "works; usual for real-time signals; all threads block the signal, and so do children of JDK"
              + " 17";
    };
  }

  /** The signals that have a status in common, with their names. */
  private static Map<String, String> byStatus(List<Diagnosis.Status> signals) {
    return signals.stream()
        .collect(
            Collectors.groupingBy(
                status ->
                    status.kind()
                        + " ("
                        + REFUSAL.matcher(status.explanation()).replaceFirst("")
                        + ")",
                LinkedHashMap::new,
                Collectors.mapping(Diagnosis.Status::signal, Collectors.joining(" "))));
  }

  private static String yes(boolean is) {
    return is ? "yes" : "no";
  }

  private static void item(PrintWriter out, String name, String text) {
    out.println(name + ": " + text);
  }
}
