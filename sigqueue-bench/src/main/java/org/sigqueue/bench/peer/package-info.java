/**
 * The peers in Java: programs that receive signals and count them, one class for each, started and
 * measured by the harness as processes of their own.
 */
package org.sigqueue.bench.peer;
