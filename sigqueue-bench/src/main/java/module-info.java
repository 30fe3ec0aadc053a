import org.jspecify.annotations.NullMarked;

/** JMH benchmarks, and the latency and throughput harness. */
@NullMarked
module org.sigqueue.bench {
  requires com.google.gson;
  requires info.picocli;
  requires java.desktop;
  requires jdk.unsupported;
  requires jmh.core;
  requires HdrHistogram;
  requires org.jctools.core.jdk11;
  requires org.jfree.jfreechart;
  requires org.jfree.svg;
  requires org.slf4j;
  requires org.sigqueue;
  requires org.sigqueue.jni;
  requires static org.jspecify;

  opens org.sigqueue.bench to
      com.google.gson,
      info.picocli;
}
