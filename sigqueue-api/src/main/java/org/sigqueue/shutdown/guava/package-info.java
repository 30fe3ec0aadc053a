/**
 * The adapter for Guava's services: {@link org.sigqueue.shutdown.guava.ServiceManagerShutdown}. The
 * one package that needs Guava, which an application brings along itself.
 */
package org.sigqueue.shutdown.guava;
