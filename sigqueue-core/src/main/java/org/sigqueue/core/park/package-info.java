/**
 * The parking strategies, and what the author of another one needs: {@link
 * org.sigqueue.core.park.ParkingStrategy} and {@link org.sigqueue.core.park.Note}, whose header
 * describes the protocol between the sleeper and its waker.
 */
package org.sigqueue.core.park;
