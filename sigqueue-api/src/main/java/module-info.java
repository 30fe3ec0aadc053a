/** POSIX signals for Java programs: enter by {@link org.sigqueue.Signals}. */
@org.jspecify.annotations.NullMarked
module org.sigqueue {
  requires transitive org.sigqueue.core;
  requires jdk.unsupported; // sun.misc.Signal, by reflection
  requires org.jctools.core.jdk11;
  requires org.slf4j;
  requires static com.google.common;
  requires static jdk.jfr;
  requires static org.jspecify;

  exports org.sigqueue;

  provides org.sigqueue.core.SignalSource with
      org.sigqueue.JdkSignalSource;

  uses org.sigqueue.core.SignalSource;
}
