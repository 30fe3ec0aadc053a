import org.jspecify.annotations.NullMarked;

/** The stress scenarios and the command line. */
@NullMarked
module org.sigqueue.stress {
  requires com.google.gson;
  requires info.picocli;
  requires java.management; // the options of this JVM
  requires jdk.unsupported; // sun.misc.Signal, by reflection
  requires org.sigqueue;
  requires static org.jspecify;

  uses org.sigqueue.core.source.SignalSource;

  opens org.sigqueue.cli to
      com.google.gson,
      info.picocli;
  opens org.sigqueue.cli.console to
      info.picocli;
  opens org.sigqueue.stress to
      com.google.gson,
      info.picocli;
}
