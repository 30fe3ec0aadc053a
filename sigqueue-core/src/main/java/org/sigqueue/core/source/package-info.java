/**
 * The sources of signals, and the types for the author of another one: {@link
 * org.sigqueue.core.source.SignalSource} receives signals and changes dispositions, {@link
 * org.sigqueue.core.source.SignalSender} sends them, and {@link
 * org.sigqueue.core.source.ProcessControl} takes the actions of signals and starts children.
 */
package org.sigqueue.core.source;
