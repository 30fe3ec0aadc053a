/**
 * Signals for an application's own tests: {@link org.sigqueue.testing.VirtualSignalSource} raises
 * {@link org.sigqueue.testing.VirtualSignal}s without touching the process, and {@link
 * org.sigqueue.testing.VirtualProcess} records how a shutdown would have ended it.
 */
package org.sigqueue.testing;
