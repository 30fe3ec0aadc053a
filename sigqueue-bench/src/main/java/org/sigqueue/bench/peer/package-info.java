/**
 * The peers in Java: programs that receive signals and count them. The harness starts each as a
 * process of its own.
 *
 * <p>The names and arguments of the main classes stay as they are, because {@code --against} starts
 * those of an older build with the same command lines.
 */
package org.sigqueue.bench.peer;
