/**
 * The stress scenarios and their harness.
 *
 * <p>A {@link org.sigqueue.stress.Scenario} makes a {@link org.sigqueue.stress.ScenarioRun}: it
 * registers, runs a {@link org.sigqueue.stress.Load}, waits until all that was sent has arrived,
 * sends one last signal, and unregisters. {@link org.sigqueue.stress.ConservationCheck} and {@link
 * org.sigqueue.stress.Observations} hold the rules that every run must keep.
 */
package org.sigqueue.stress;
