package org.sigqueue.bench;

import org.jspecify.annotations.Nullable;

/**
 * What a signal costs that many channels want: medians over the signals, and of these over rounds.
 *
 * @param peer where the signals come from
 * @param usPerSignal from sending it until the last channel has its event
 * @param nsPerChannel the same for each channel
 */
record FanoutRow(
    String peer,
    @Nullable String delivery,
    int channels,
    int rounds,
    double usPerSignal,
    double nsPerChannel) {}
