package org.sigqueue;

import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * A {@link SignalContext}, or its parent, was closed before one of its signals came. Its cause is
 * why signals can no longer be received; null if somebody has closed the context.
 */
public final class ContextClosedException extends CancellationException {
  private static final long serialVersionUID = 1L;

  ContextClosedException(@Nullable Throwable failure) {
    super(
        failure == null
            ? "the signal context was closed before a signal came"
            : "the signal context is closed: the signal dispatcher has failed");
    initCause(failure);
  }
}
