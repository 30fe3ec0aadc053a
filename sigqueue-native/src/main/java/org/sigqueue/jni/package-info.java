/**
 * The native side of the signal queue: {@link org.sigqueue.jni.NativeSignalSource} and the parking
 * strategies {@code futex} and {@code eventfd}. What runs in a signal handler is C ({@code
 * sigshim.c}); JNI carries the few calls around it and decides nothing.
 */
package org.sigqueue.jni;
