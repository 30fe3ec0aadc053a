/**
 * The engine and its SPI. Enter by {@link org.sigqueue.core.SignalQueue}, whose header describes
 * the state machine; {@link org.sigqueue.core.SharedBlock} describes the memory that it may share
 * with signal handlers written in C.
 *
 * <p>Accessors of shared words carry their access mode in the name, after {@link
 * java.lang.invoke.VarHandle}: {@code fooAcquire} pairs with {@code setFooRelease}; {@code orFoo},
 * {@code andFoo}, {@code swapFoo}, {@code addFoo} and {@code casFoo} are read-modify-writes of full
 * (sequentially consistent) strength.
 */
package org.sigqueue.core;
