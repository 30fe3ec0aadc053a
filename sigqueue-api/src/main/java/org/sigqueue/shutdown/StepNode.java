package org.sigqueue.shutdown;

/** A part of a shutdown: one step, or a group of them. */
sealed interface StepNode permits ShutdownStep, StepGroup {
  /** The name for the log. */
  String name();
}
