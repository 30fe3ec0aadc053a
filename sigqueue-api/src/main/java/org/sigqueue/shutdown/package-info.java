/**
 * Orderly shutdown for applications. Start with {@link org.sigqueue.shutdown.GracefulShutdown}; its
 * steps are {@linkplain org.sigqueue.shutdown.ShutdownStep alone} or in {@linkplain
 * org.sigqueue.shutdown.StepGroup groups}, and {@link org.sigqueue.shutdown.ExitStatus} is what the
 * parent is told. Beside it: {@link org.sigqueue.shutdown.SystemdNotifier} for services of systemd,
 * and {@link org.sigqueue.shutdown.SignalAgent} for programs that nobody wants to change.
 *
 * <p>The way of a shutdown, for maintainers: {@code ShutdownRun} (one run, and how it ends) {@code
 * -> StepRunner} (order and limits) {@code -> RunningStep} (one step on its thread); it ends a
 * {@link org.sigqueue.shutdown.ProcessExit}.
 */
package org.sigqueue.shutdown;
