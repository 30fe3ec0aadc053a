/** The command line of the benchmarks. */
package org.sigqueue.bench;
