/** The jcstress tests of the dispatch: in its package, because nobody else sees it. */
package org.sigqueue.dispatch;
