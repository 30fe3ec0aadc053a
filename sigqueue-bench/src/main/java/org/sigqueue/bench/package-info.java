/** JMH benchmarks, and the latency and throughput harness. */
package org.sigqueue.bench;
