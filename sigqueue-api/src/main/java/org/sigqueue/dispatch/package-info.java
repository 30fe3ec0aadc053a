/**
 * The way of a signal from the receiver to a program's code, for maintainers: not exported. Read in
 * this order: {@link org.sigqueue.dispatch.Hub} owns the receiver of one source and the list of
 * registrations; {@link org.sigqueue.dispatch.DispatchLoop} takes occurrences from the receiver and
 * offers them along {@link org.sigqueue.dispatch.Routes} to each {@link
 * org.sigqueue.dispatch.Subscriber}; a subscriber keeps them in a {@link
 * org.sigqueue.dispatch.Mailbox}, from where a channel's takers or a {@link
 * org.sigqueue.dispatch.SerialTask} on an executor take them.
 */
package org.sigqueue.dispatch;
