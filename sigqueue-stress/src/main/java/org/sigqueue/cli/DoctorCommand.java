package org.sigqueue.cli;

import com.google.gson.GsonBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.SignalStatus.Kind;
import org.sigqueue.cli.console.Console;
import org.sigqueue.cli.console.Console.Style;
import org.sigqueue.cli.console.SignalNames;
import org.sigqueue.core.source.SignalSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;

/** The command that prints a {@link Diagnosis}: first the verdict, then problems with advice. */
@Command(
    name = "doctor",
    description = "Tells what works in this JVM, and why the rest does not.",
    sortOptions = false,
    exitCodeListHeading = "Exit status:%n",
    exitCodeList = {
      "0:signals can be received",
      "1:signals cannot be received",
      "2:wrong arguments"
    })
final class DoctorCommand implements Callable<Integer> {
  private static final String INDENT = "  ";
  private static final int NAME_WIDTH = 16;

  /** The file of a library that was in the jar, after it has been loaded. */
  private static final Pattern EXTRACTED =
      Pattern.compile(".*/sigqueue-[^/]+/[^/]+/libsigqueue\\.so \\(deleted\\)");

  private final Supplier<SignalSource> sources;
  private final Console console;

  @Option(names = "--json", description = "Print it as JSON.")
  private boolean json;

  DoctorCommand(Supplier<SignalSource> sources, Console console) {
    this.sources = sources;
    this.console = console;
  }

  @Override
  public Integer call() {
    Diagnosis diagnosis = Diagnosis.of(sources);
    if (json) {
      console.line(new GsonBuilder().setPrettyPrinting().create().toJson(diagnosis));
    } else {
      print(diagnosis);
    }
    return diagnosis.source() == null ? ExitCode.SOFTWARE : ExitCode.OK;
  }

  private void print(Diagnosis found) {
    List<Finding> findings = Finding.in(found);
    printVerdict(found, findings.size());
    if (!findings.isEmpty()) {
      heading("Problems");
      for (int i = 0; i < findings.size(); i++) {
        item(i + 1 + ".", 2, findings.get(i).what());
        if (findings.get(i).advice() != null) {
          item("", 2, "-> " + findings.get(i).advice());
        }
      }
    }
    printProcess(found);
    heading("Sources");
    found.sources().forEach(source -> item(source.name(), text(source, found.source())));
    if (found.source() == null) {
      return;
    }
    heading("The source in use");
    found.facts().forEach(this::item);
    item("ring", found.ringRecords() + " signals can wait with their details");
    String queued = found.platform().pendingSignals();
    item("kernel queue", queued == null ? "not told by this system" : queued + " signals");
    heading("Parking strategies");
    found.parking().forEach(choice -> item(choice.name(), text(choice, "preferred")));
    heading("Delivery");
    found.deliveries().forEach(choice -> item(choice.name(), text(choice, "works; the usual way")));
    heading("Signals");
    byStatus(found.signals()).forEach(this::item);
  }

  private void printVerdict(Diagnosis found, int findings) {
    String text;
    Style style;
    if (found.source() == null) {
      text = "signals cannot be received";
      style = Style.RED;
    } else {
      text =
          "signals can be received (source "
              + found.source()
              + ")"
              + switch (findings) {
                case 0 -> ", no problems";
                case 1 -> ", 1 problem";
                default -> ", " + findings + " problems";
              };
      style = findings == 0 ? Style.GREEN : Style.YELLOW;
    }
    console.line(console.styled(style, text));
  }

  private void printProcess(Diagnosis found) {
    Platform platform = found.platform();
    heading("This process");
    item("sigqueue", found.version());
    item("Java", platform.java());
    item("system", versionOf(platform.kernel()) + ", " + platform.architecture());
    item("C library", platform.cLibrary() == null ? "not known" : platform.cLibrary());
    item("native library", library(platform.nativeLibrary()));
    item("-Xrs", platform.reducedSignalUsage() ? "yes" : "no");
    item("libjsig", platform.libjsig() ? "loaded: it keeps PIPE and XFSZ for the JVM" : "no");
  }

  /** Without what a distribution adds to it: that is in the JSON. */
  private static String versionOf(String kernel) {
    return kernel.replaceFirst("-.*", "");
  }

  private static String library(@Nullable String file) {
    if (file == null) {
      return "none";
    }
    return EXTRACTED.matcher(file).matches() ? "loaded, and its file removed again" : file;
  }

  private static String text(Diagnosis.Source source, @Nullable String inUse) {
    if (source.failure() != null) {
      return "does not work: see above";
    }
    return (source.name().equals(inUse) ? "in use" : "works; not needed")
        + (source.nativeAccess() == null ? "" : "; native access " + source.nativeAccess());
  }

  private static String text(Diagnosis.Choice choice, String ifPreferred) {
    return choice.refusal() != null
        ? "not here: " + choice.refusal()
        : choice.preferred() ? ifPreferred : "works";
  }

  /** The signals that have a status in common: why, and their names. */
  private static Map<String, String> byStatus(List<Diagnosis.Status> signals) {
    Map<String, List<Signal>> byStatus = new LinkedHashMap<>();
    for (Diagnosis.Status status : signals) {
      String key = status.kind() == Kind.CATCHABLE ? "receivable" : status.explanation();
      byStatus.computeIfAbsent(key, k -> new ArrayList<>()).add(Signal.of(status.number()));
    }
    Map<String, String> texts = new LinkedHashMap<>();
    byStatus.forEach((why, of) -> {
      String names = SignalNames.ranges(of);
      if (why.equals("receivable")) {
        texts.put("receivable", names);
      } else {
        texts.put(names, why);
      }
    });
    return texts;
  }

  private void heading(String text) {
    console.line("");
    console.line(console.styled(Style.BOLD, text));
  }

  private void item(String name, String text) {
    item(name, NAME_WIDTH, text);
  }

  /** A name and a text beside it; below it if the name, or a word of the text, is too long. */
  private void item(String name, int nameWidth, String text) {
    String blanks = " ".repeat(nameWidth);
    String first = INDENT + name + " ".repeat(Math.max(0, nameWidth - name.length())) + " ";
    int width = console.width() - INDENT.length() - nameWidth - 1;
    List<String> lines = new ArrayList<>();
    for (String paragraph : text.split("\n", -1)) {
      lines.addAll(Console.wrap(paragraph, width));
    }
    if (name.length() > nameWidth || lines.stream().anyMatch(line -> line.length() > width)) {
      Console.wrap(name, console.width() - INDENT.length())
          .forEach(line -> console.line(INDENT + line));
      first = INDENT + blanks + " ";
    }
    for (String line : lines) {
      console.line((line.length() > width ? INDENT + INDENT + line : first + line).stripTrailing());
      first = INDENT + blanks + " ";
    }
  }
}
