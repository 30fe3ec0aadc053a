import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.jni.EventFdStrategy;
import org.sigqueue.jni.FutexStrategy;
import org.sigqueue.jni.NativeSignalSource;
import org.sigqueue.jni.SigwaitStrategy;

/**
 * Real signals for the queue of {@code org.sigqueue.core}: a signal handler in C, and the ways to
 * sleep that such a handler can end. Linux on x86-64, aarch64 and riscv64, with glibc or musl.
 *
 * <p>Found with {@link java.util.ServiceLoader} alone: exports nothing. Loads a native library,
 * which newer JDKs want to be told: {@code --enable-native-access=org.sigqueue.jni}, or {@code
 * =ALL-UNNAMED} on the class path.
 */
@org.jspecify.annotations.NullMarked
module org.sigqueue.jni {
  requires transitive org.sigqueue.core;
  requires static org.jspecify;

  provides ParkingStrategy with
      SigwaitStrategy,
      EventFdStrategy,
      FutexStrategy;
  provides SignalSource with
      NativeSignalSource;
}
