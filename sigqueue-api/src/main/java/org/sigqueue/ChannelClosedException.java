package org.sigqueue;

import org.jspecify.annotations.Nullable;

/**
 * The channel is closed and holds no more events. Its cause is why signals can no longer be
 * received; null if somebody has closed the channel.
 */
public final class ChannelClosedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param failure why signals can no longer be received; null if somebody has closed the channel
   */
  public ChannelClosedException(@Nullable Throwable failure) {
    super(
        failure == null
            ? "the signal channel is closed"
            : "the signal channel is closed: the signal dispatcher has failed",
        failure);
  }
}
