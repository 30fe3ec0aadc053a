/** The command line: {@code stress}, {@code watch}, {@code send} and {@code doctor}. */
package org.sigqueue.cli;
