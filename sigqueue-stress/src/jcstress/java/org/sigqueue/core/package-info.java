/** The jcstress tests of the engine: in its package, because they reach for its words. */
package org.sigqueue.core;
