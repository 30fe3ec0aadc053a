/** What is run instead of imported: the stress scenarios and the command-line tools. */
package org.sigqueue.stress;
