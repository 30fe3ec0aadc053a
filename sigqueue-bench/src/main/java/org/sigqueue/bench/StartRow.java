package org.sigqueue.bench;

import org.jspecify.annotations.Nullable;

/**
 * What the first use costs a fresh JVM: medians over the rounds.
 *
 * @param notifyMs from the start of main until signals are received; the library is loaded in it
 * @param firstSignalMs from the start of main until a first signal has reached user code
 * @param rssKb memory that came to the process until then
 * @param idleWakeupsPerS how often the threads that receive wake up without a signal
 */
record StartRow(
    String peer,
    @Nullable String delivery,
    int rounds,
    double notifyMs,
    double firstSignalMs,
    double rssKb,
    double idleS,
    double idleWakeupsPerS) {}
