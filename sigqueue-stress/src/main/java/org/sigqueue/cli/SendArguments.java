package org.sigqueue.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.cli.console.NearestName;
import org.sigqueue.cli.console.SignalNames;

/**
 * The arguments of {@code send}: signal and processes in either order, the signal also as an option
 * as {@code kill} has it.
 *
 * @param signal to send; null for the number 0, which only asks whether the processes are there
 * @param targets the processes; negative for a process group
 * @param value to send along; null for none
 */
record SendArguments(@Nullable Signal signal, List<Long> targets, @Nullable Long value) {
  private static final long MOST_SIGNAL = 64;
  private static final String NULL_SIGNAL = "0";

  /**
   * Reads the arguments.
   *
   * @throws IllegalArgumentException if they are wrong; the message is for people
   */
  static SendArguments parse(List<String> arguments) {
    return new Parser().parse(arguments);
  }

  private static final class Parser {
    private final List<Long> numbers = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private @Nullable Signal option;
    private boolean probes;
    private @Nullable Long value;

    SendArguments parse(List<String> arguments) {
      boolean options = true;
      for (int i = 0; i < arguments.size(); i++) {
        String word = arguments.get(i);
        if (options && word.equals("--")) {
          options = false;
        } else if (options && isOption(word)) {
          int equals = word.indexOf('=');
          String name = equals < 0 ? word : word.substring(0, equals);
          if (equals < 0 && i + 1 == arguments.size()) {
            throw new IllegalArgumentException(name + " needs a value");
          }
          option(name, equals < 0 ? arguments.get(++i) : word.substring(equals + 1));
        } else if (options && isSignalOption(word)) {
          signalOption(word.substring(1));
        } else {
          operand(word);
        }
      }
      if (probes && (option != null || !names.isEmpty())) {
        throw new IllegalArgumentException("0 is no signal, and another one is named");
      }
      Signal signal = probes ? null : signal();
      if (numbers.isEmpty()) {
        throw new IllegalArgumentException("which process?");
      }
      numbers.forEach(Parser::checkTarget);
      if (signal == null && (value != null || numbers.stream().anyMatch(target -> target < 0))) {
        throw new IllegalArgumentException("0 asks for processes, and takes no value");
      }
      if (value != null && numbers.stream().anyMatch(target -> target < 0)) {
        throw new IllegalArgumentException("a value goes to processes, not to process groups");
      }
      return new SendArguments(signal, List.copyOf(numbers), value);
    }

    private static boolean isOption(String word) {
      return word.startsWith("--") || word.matches("-[sq](=.*)?");
    }

    private void option(String name, String text) {
      switch (name) {
        case "-s", "--signal" -> signalOption(text);
        case "-q", "--value" -> value = parseValue(text);
        default ->
            throw new IllegalArgumentException(
                "unknown option: "
                    + name
                    + NearestName.hint(
                        name, List.of("--signal", "--value", "--help", "--version")));
      }
    }

    /** A word that begins with a dash, and is not the number of a process group. */
    private boolean isSignalOption(String word) {
      if (!word.startsWith("-") || word.length() < 2) {
        return false;
      }
      if (!word.matches("-[0-9]+")) {
        return true;
      }
      // A number: the signal if it comes first, as kill has it, and there is none yet.
      return option == null
          && names.isEmpty()
          && numbers.isEmpty()
          && word.length() <= 3
          && Long.parseLong(word.substring(1)) <= MOST_SIGNAL;
    }

    private void signalOption(String text) {
      if (text.equals(NULL_SIGNAL)) {
        probes = true;
        return;
      }
      Signal signal = SignalNames.parse(text);
      if (option != null && !option.equals(signal)) {
        throw new IllegalArgumentException("two signals: " + option + " and " + signal);
      }
      option = signal;
    }

    private void operand(String word) {
      if (word.matches("-?[0-9]{1,18}")) {
        numbers.add(Long.parseLong(word));
      } else if (word.matches("-?[0-9]+")) {
        throw new IllegalArgumentException("'" + word + "' is no process: it is out of range");
      } else {
        names.add(word);
      }
    }

    private @Nullable Signal signal() {
      if (names.size() > 1 || (option != null && !names.isEmpty())) {
        String first = option == null ? names.get(0) : option.toString();
        String second = names.get(option == null ? 1 : 0);
        throw new IllegalArgumentException(
            "one signal and the numbers of processes are wanted, not " + first + " and " + second);
      }
      if (option != null || !names.isEmpty()) {
        Signal signal = option != null ? option : SignalNames.parse(names.get(0));
        if (numbers.isEmpty()) {
          throw new IllegalArgumentException("which process should get " + signal + "?");
        }
        return signal;
      }
      return signalAmongNumbers();
    }

    /**
     * Two numbers: the one that can be nothing but a process is the process, the other is the
     * signal.
     */
    private @Nullable Signal signalAmongNumbers() {
      if (numbers.remove(0L)) {
        return null;
      }
      if (numbers.size() < 2) {
        throw new IllegalArgumentException(
            numbers.isEmpty()
                ? "a signal and a process are wanted: send TERM 4242"
                : "which signal should process " + numbers.get(0) + " get?");
      }
      boolean first = isSignal(numbers.get(0));
      boolean second = numbers.size() == 2 && isSignal(numbers.get(1));
      if (first && second) {
        throw new IllegalArgumentException(
            "both "
                + numbers.get(0)
                + " and "
                + numbers.get(1)
                + " can be the signal: write it with a dash or by name");
      }
      if (!first && !second) {
        throw new IllegalArgumentException("no signal among " + numbers);
      }
      return SignalNames.parse(String.valueOf(numbers.remove(first ? 0 : 1)));
    }

    private static boolean isSignal(long number) {
      return number >= 1 && number <= MOST_SIGNAL;
    }

    private static void checkTarget(long target) {
      if (target == -1 || target == 0) {
        throw new IllegalArgumentException(
            target + " means more processes than one can name: send does not do that");
      }
      if (target > Integer.MAX_VALUE || target < -Integer.MAX_VALUE) {
        throw new IllegalArgumentException("'" + target + "' is no process: it is out of range");
      }
    }

    /** A number of 64 bits, signed or not, in decimal or with 0x. */
    private static long parseValue(String text) {
      try {
        boolean hex = text.regionMatches(true, 0, "0x", 0, 2);
        if (hex) {
          return Long.parseUnsignedLong(text.substring(2), 16);
        }
        return text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "'" + text + "' is no value; allowed are 64 bits, as in 42, -1, 0xff", e);
      }
    }
  }
}
