package org.sigqueue.dispatch;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A QUIT of jcmd is told from one of a person as HotSpot does it: by files. */
class AttachHandshakeTest {
  private static final long PID = 4711;
  private static final long HOUR_NANOS = TimeUnit.HOURS.toNanos(1);

  @TempDir Path directory;
  @TempDir Path temporary;

  private AttachHandshake handshake;
  private Path socket;

  @BeforeEach
  void create() {
    handshake = new AttachHandshake(directory, temporary, PID);
    socket = temporary.resolve(".java_pid" + PID);
  }

  private boolean isHandshake(long acceptedNanosAgo) {
    return handshake.isHandshake(System.nanoTime() - acceptedNanosAgo);
  }

  @Test
  void quitWithoutFilesIsNone() {
    assertFalse(isHandshake(0));
    assertFalse(isHandshake(HOUR_NANOS));
  }

  @Test
  void fileInTheWorkingDirectoryMakesItOne() throws Exception {
    Files.createFile(directory.resolve(".attach_pid" + PID));
    assertTrue(isHandshake(0));
  }

  @Test
  void fileInTheTemporaryDirectoryMakesItOne() throws Exception {
    Files.createFile(temporary.resolve(".attach_pid" + PID));
    assertTrue(isHandshake(0));
  }

  @Test
  void fileOfAnotherProcessDoesNot() throws Exception {
    Files.createFile(directory.resolve(".attach_pid" + (PID + 1)));
    Files.createFile(temporary.resolve(".attach_pid" + PID + "0"));
    assertFalse(isHandshake(0));
  }

  @Test
  void socketThatIsYoungerThanTheQuitMakesItOneAlsoWhenTheFileIsGone() throws Exception {
    Files.createFile(socket);
    assertTrue(isHandshake(HOUR_NANOS));
  }

  @Test
  void jvmThatHasItsSocketTakesQuitForAThreadDumpEvenIfAFileWasLeftBehind() throws Exception {
    Files.createFile(socket);
    Files.setLastModifiedTime(
        socket, FileTime.fromMillis(System.currentTimeMillis() - TimeUnit.HOURS.toMillis(2)));
    Files.createFile(directory.resolve(".attach_pid" + PID));
    assertFalse(isHandshake(0));
    assertFalse(isHandshake(HOUR_NANOS));
  }
}
