/**
 * The measurements that start programs, one class each: its command line, its runs, and the rows,
 * ratios and table that come of them.
 *
 * <p>{@link org.sigqueue.bench.harness.PeerSet} lists the programs, {@link
 * org.sigqueue.bench.harness.Driver} sends them signals, and {@link
 * org.sigqueue.bench.harness.Measurement} runs them in turn and compares.
 */
package org.sigqueue.bench.harness;
