/**
 * The engine, for programs that drive it themselves. Start with {@link
 * org.sigqueue.core.SignalQueue}, whose header describes the state machine; {@link
 * org.sigqueue.core.Receiver} is its receiving side, and {@link org.sigqueue.core.SharedBlock} the
 * memory that it shares with signal handlers written in C.
 *
 * <p>An occurrence of a signal is <i>accepted</i> when a sender counts it, <i>recorded</i> when its
 * details are in the ring, <i>dispatched</i> when the receiver has taken it from there. What
 * becomes of it for each interested party is one of three: <i>delivered</i> as an event of its own,
 * <i>coalesced</i> into an earlier event, or <i>dropped</i>. A delivered event is <i>taken</i> by
 * the program.
 *
 * <p>Accessors of shared words carry their access mode in the name, after {@link
 * java.lang.invoke.VarHandle}: {@code fooAcquire} pairs with {@code setFooRelease}; {@code orFoo},
 * {@code andFoo}, {@code swapFoo}, {@code addFoo} and {@code casFoo} are read-modify-writes of full
 * (sequentially consistent) strength.
 */
package org.sigqueue.core;
