import org.jspecify.annotations.NullMarked;

/** The stress scenarios and the command-line tools. */
@NullMarked
module org.sigqueue.stress {
  requires com.google.common;
  requires com.google.gson;
  requires info.picocli;
  requires java.management; // the options of this JVM
  requires jdk.unsupported; // sun.misc.Signal, by reflection
  requires org.sigqueue;
  requires static org.jspecify;

  uses org.sigqueue.core.SignalSource;

  opens org.sigqueue.stress to
      com.google.gson,
      info.picocli;
}
