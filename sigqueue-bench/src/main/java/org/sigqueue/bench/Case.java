package org.sigqueue.bench;

/**
 * What is measured once in each round.
 *
 * @param peer who
 * @param at the pace in microseconds, the number of workers, or what else there are several of; 0
 *     where there is one
 */
record Case(Peer peer, long at) {}
