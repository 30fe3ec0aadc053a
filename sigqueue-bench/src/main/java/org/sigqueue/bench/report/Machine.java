package org.sigqueue.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.sigqueue.bench.harness.HarnessException;
import org.sigqueue.bench.harness.Programs;

/** A description of the machine and its tools, without anything that names the machine itself. */
final class Machine {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private Machine() {}

  /** The description, as lines of a list. */
  static List<String> describe() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "CPU: "
            + field("/proc/cpuinfo", "model name", System.getProperty("os.arch"))
            + ", "
            + Runtime.getRuntime().availableProcessors()
            + " CPUs for this process"
            + (Files.exists(Path.of("/sys/hypervisor")) || virtual() ? ", virtual machine" : ""));
    lines.add("memory: " + gibibytes() + " GiB");
    lines.add("kernel: " + System.getProperty("os.name") + " " + kernel());
    lines.add("JDK: " + Runtime.version().feature() + ", " + System.getProperty("java.vm.name"));
    version("C", "cc", "--version", lines);
    version("Go", "go", "version", lines);
    version("Rust", "rustc", "--version", lines);
    lines.add("load average at the start: " + load());
    return lines;
  }

  /** The load of the last minute: more than 0 means that other processes use the CPUs too. */
  private static String load() {
    String averages = text("/proc/loadavg");
    return averages.substring(0, Math.max(0, averages.indexOf(' ')));
  }

  private static void version(String what, String tool, String argument, List<String> lines) {
    try {
      String first = Programs.lines(List.of(tool, argument), null, LIMIT).get(0);
      lines.add(what + ": " + first);
    } catch (HarnessException e) {
      lines.add(what + ": not installed");
    }
  }

  /** The version numbers alone, because anything can follow them. */
  private static String kernel() {
    return System.getProperty("os.version").replaceAll("^([0-9]+(\\.[0-9]+)*).*", "$1");
  }

  private static boolean virtual() {
    return field("/proc/cpuinfo", "flags", "").contains("hypervisor");
  }

  private static String gibibytes() {
    String kibibytes = field("/proc/meminfo", "MemTotal", "0").replaceAll("[^0-9]", "");
    return String.format(Locale.ROOT, "%.0f", Long.parseLong(kibibytes) / (1024.0 * 1024.0));
  }

  private static String field(String file, String name, String otherwise) {
    return text(file)
        .lines()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse(otherwise);
  }

  private static String text(String file) {
    try {
      return Files.readString(Path.of(file));
    } catch (IOException e) {
      return "";
    }
  }
}
