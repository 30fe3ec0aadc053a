/** The microbenchmarks, which JMH runs: the engine and the dispatcher without kernel signals. */
package org.sigqueue.bench.jmh;
