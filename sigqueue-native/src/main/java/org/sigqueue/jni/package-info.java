/**
 * The native side of the signal queue, which {@link java.util.ServiceLoader} finds: {@link
 * org.sigqueue.jni.NativeSignalSource} and the parking strategies {@code futex}, {@code eventfd}
 * and {@code sigwait}. The code of the signal handler is C ({@code sigshim.c}), and so is the wait
 * in the kernel ({@code sigwait.c}). JNI carries the few calls around it and decides nothing;
 * {@code ExclusiveDelivery} decides which signals are exclusive, and {@code ThreadMasks} tells the
 * threads.
 */
package org.sigqueue.jni;
