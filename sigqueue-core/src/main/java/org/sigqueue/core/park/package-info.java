/**
 * The parking strategies, and the types for the author of another one: {@link
 * org.sigqueue.core.park.ParkingStrategy} and {@link org.sigqueue.core.park.Note}, whose header
 * describes the protocol between the sleeper and its waker.
 */
package org.sigqueue.core.park;
