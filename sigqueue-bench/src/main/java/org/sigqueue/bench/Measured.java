package org.sigqueue.bench;

/**
 * A measurement that is over.
 *
 * @param result for people and for JSON
 * @param runs every run of it
 * @param <T> what one run gives
 */
record Measured<T>(Result result, Runs<T> runs) {}
