import org.jspecify.annotations.NullMarked;

/** JMH benchmarks, and the latency and throughput harness. */
@NullMarked
module org.sigqueue.bench {
  requires com.google.gson;
  requires info.picocli;
  requires jmh.core;
  requires HdrHistogram;
  requires org.jctools.core;
  requires org.slf4j;
  requires org.sigqueue;
  requires static org.jspecify;

  opens org.sigqueue.bench to
      info.picocli;
  opens org.sigqueue.bench.harness to
      com.google.gson,
      info.picocli;
  opens org.sigqueue.bench.jmh to
      info.picocli;
  opens org.sigqueue.bench.report to
      info.picocli;

  uses org.sigqueue.core.source.SignalSource;
}
