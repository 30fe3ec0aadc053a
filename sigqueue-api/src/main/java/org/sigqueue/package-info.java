/**
 * POSIX signals for Java programs. {@link org.sigqueue.Signals} is the way in: {@code notify} a
 * {@link org.sigqueue.SignalChannel} of some {@link org.sigqueue.Signal}s, {@code take} {@link
 * org.sigqueue.SignalEvent}s from it, {@code stop}; or {@code subscribe} a handler. {@link
 * org.sigqueue.SignalNotifier} has all that there is, and {@link org.sigqueue.Registration} is the
 * handle of whatever was registered.
 *
 * <p>An occurrence of a signal is <i>accepted</i> if somebody wants it, <i>recorded</i> with its
 * details, and <i>dispatched</i>. For each channel, callback or context it is then <i>delivered</i>
 * as an event of its own, <i>coalesced</i> into an event that waits, or <i>dropped</i>, which
 * {@link org.sigqueue.DeliveryStats} counts. A delivered event is <i>taken</i> by a thread or a
 * handler.
 *
 * <p>An orderly end of a program is in {@link org.sigqueue.shutdown}, and signals for unit tests
 * are in {@link org.sigqueue.testing}.
 */
package org.sigqueue;
