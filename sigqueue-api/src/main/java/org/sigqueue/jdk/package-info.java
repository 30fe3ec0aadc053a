/** The source of signals over {@code sun.misc.Signal}, for systems without the native library. */
package org.sigqueue.jdk;
