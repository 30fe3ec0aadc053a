/** The report: all measurements in one document, beside the targets of the design. */
package org.sigqueue.bench.report;
