/** POSIX signals for Java programs. Start with {@link org.sigqueue.Signals}. */
@org.jspecify.annotations.NullMarked
module org.sigqueue {
  requires transitive org.sigqueue.core;
  requires jdk.unsupported; // sun.misc.Signal, by reflection
  requires org.jctools.core;
  requires org.slf4j;
  requires static com.google.common;
  requires static jdk.jfr;
  requires static org.jspecify;

  exports org.sigqueue;
  exports org.sigqueue.shutdown;
  exports org.sigqueue.shutdown.guava;
  exports org.sigqueue.testing;

  uses org.sigqueue.core.source.SignalSource;
}
