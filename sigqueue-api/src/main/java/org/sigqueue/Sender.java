package org.sigqueue;

import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The process that sent a signal.
 *
 * <p>Pid and uid come with the signal. Everything else about the process is read from {@code
 * /proc}, once: soon after the signal was dispatched, or when it is first asked for. A sender that
 * had ended by then, as the {@code kill} program usually has, has no name. Immutable from outside;
 * any thread; the first call may read small files.
 */
public final class Sender {
  private static final Path PROC = Path.of("/proc");
  private static final String INIT = "1";
  private static final int PARENT = 1; // of the fields of stat that follow the name
  private static final int START_TIME = 19;
  private static final long NANOS_PER_TICK = 10_000_000; // USER_HZ is 100 on every Linux
  private static final long SLACK_NANOS = 2 * NANOS_PER_TICK;

  private final int pid;
  private final long uid;
  private final boolean verified;
  private final long sentNanos;
  private @Nullable Details details; // guarded by this

  private record Details(
      @Nullable String name, @Nullable String commandLine, long parent, boolean ended) {
    static final Details ENDED = new Details(null, null, -1, true);
    static final Details UNKNOWN = new Details(null, null, -1, false);
  }

  /**
   * Creates a sender.
   *
   * @param pid its process; 0 if unknown
   * @param uid its real user, 0 to 4294967295
   * @param verified whether the kernel vouches for both
   * @param sentNanos when it sent the signal, comparable with {@link System#nanoTime}
   */
  public Sender(int pid, long uid, boolean verified, long sentNanos) {
    this.pid = pid;
    this.uid = uid;
    this.verified = verified;
    this.sentNanos = sentNanos;
  }

  /**
   * The process id; 0 if it is unknown: the sender is in another pid namespace, or the kernel's
   * queue had no room for the details; then the uid is 0, too.
   */
  public int pid() {
    return pid;
  }

  /** The real user id of the sender: 0 to 4294967295. */
  public long uid() {
    return uid;
  }

  /**
   * Whether the kernel vouches for pid and uid. If not, a process of the same user, or root, has
   * filled them in itself, usually with the truth: {@code sigqueue(3)} does. Or both are 0: that is
   * root in another pid namespace, or anybody, when the kernel's queue had no room.
   */
  public boolean isVerified() {
    return verified;
  }

  /** The name of the program; empty if the process has ended. */
  public Optional<String> name() {
    return Optional.ofNullable(details().name);
  }

  /** The command line, with blanks between the words; empty if the process has ended. */
  public Optional<String> commandLine() {
    return Optional.ofNullable(details().commandLine);
  }

  /** The process id of its parent; empty if the process has ended. */
  public OptionalLong parentPid() {
    Details known = details();
    return known.parent < 0 ? OptionalLong.empty() : OptionalLong.of(known.parent);
  }

  /**
   * Whether the process had ended, as far as this system tells; it may end any time after the look.
   */
  public boolean hasEnded() {
    return details().ended;
  }

  private synchronized Details details() {
    Details known = details;
    if (known == null) {
      known = read();
      details = known;
    }
    return known;
  }

  private Details read() {
    if (pid <= 0) {
      return Details.UNKNOWN;
    }
    try {
      Path process = PROC.resolve(Integer.toString(pid));
      String stat = Files.readString(process.resolve("stat"));
      int nameEnds = stat.lastIndexOf(')');
      String[] fields = stat.substring(nameEnds + 2).split(" ", -1);
      if (isLaterProcess(Long.parseLong(fields[START_TIME]))) {
        return Details.ENDED;
      }
      String words = Files.readString(process.resolve("cmdline"));
      return new Details(
          stat.substring(stat.indexOf('(') + 1, nameEnds),
          words.replace('\0', ' ').strip(),
          Long.parseLong(fields[PARENT]),
          false);
    } catch (NoSuchFileException e) {
      // A system may not tell of processes at all, or hide those of others.
      return Files.exists(PROC.resolve(INIT)) ? Details.ENDED : Details.UNKNOWN;
    } catch (Exception e) {
      return Details.UNKNOWN;
    }
  }

  /** Whether a process was started after the signal was sent: it has only got the same pid. */
  private boolean isLaterProcess(long startTicks) {
    return startTicks * NANOS_PER_TICK > sentNanos + SLACK_NANOS;
  }

  /** For people: {@code pid 1 (systemd) uid 0}; says so where the kernel does not vouch. */
  @Override
  public String toString() {
    return "pid "
        + (pid == 0 ? "unknown" : Integer.toString(pid))
        + (hasEnded() ? " (has ended)" : name().isPresent() ? " (" + name().get() + ")" : "")
        + " uid "
        + uid
        + (verified ? "" : pid == 0 && uid == 0 ? " (unverified)" : " (claimed)");
  }
}
