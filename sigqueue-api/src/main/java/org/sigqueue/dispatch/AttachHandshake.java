package org.sigqueue.dispatch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * The question whether a QUIT is the attach handshake of a tool like jcmd, and so for nobody but
 * the JVM. HotSpot tells the two apart in the same way: a tool creates the file {@code
 * .attach_pid<pid>} in the working directory of the JVM, or in {@code /tmp}, sends QUIT, and waits
 * for the socket {@code /tmp/.java_pid<pid>} that the JVM creates then. Once it has that socket, a
 * QUIT asks for a thread dump again.
 *
 * <p>Any thread; reads the metadata of three files.
 */
final class AttachHandshake {
  /** The time by which the kernel's time of a file may be behind. */
  private static final long CLOCK_SLACK_MILLIS = 20;

  private final Path inDirectory;
  private final Path inTemporary;
  private final Path socket;

  /** The handshake with this JVM. */
  AttachHandshake() {
    this(Path.of("/proc/self/cwd"), Path.of("/tmp"), ProcessHandle.current().pid());
  }

  /** The handshake with a JVM, for tests. */
  AttachHandshake(Path directory, Path temporary, long pid) {
    this.inDirectory = directory.resolve(".attach_pid" + pid);
    this.inTemporary = temporary.resolve(".attach_pid" + pid);
    this.socket = temporary.resolve(".java_pid" + pid);
  }

  /**
   * Whether a QUIT was a handshake.
   *
   * @param acceptedNanos when it was accepted, comparable with {@link System#nanoTime}
   */
  boolean isHandshake(long acceptedNanos) {
    long agoMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - acceptedNanos);
    long acceptedMillis = System.currentTimeMillis() - agoMillis;
    try {
      long socketMillis = Files.getLastModifiedTime(socket, LinkOption.NOFOLLOW_LINKS).toMillis();
      // The JVM has created it in answer to this QUIT, or it had it before: then it was no
      // handshake.
      return socketMillis >= acceptedMillis - CLOCK_SLACK_MILLIS;
    } catch (IOException | SecurityException e) { // not there
      return Files.exists(inDirectory) || Files.exists(inTemporary);
    }
  }
}
