/**
 * POSIX signals for Java programs. Enter by {@link org.sigqueue.Signals}: {@code notify} a {@link
 * org.sigqueue.SignalChannel} of some {@link org.sigqueue.Signal}s, {@code take} {@link
 * org.sigqueue.SignalEvent}s from it, {@code stop}.
 *
 * <p>An event travels one way: signal handler, {@link org.sigqueue.core.SignalQueue}, the
 * dispatcher thread, a channel, the user's thread.
 */
package org.sigqueue;
