/**
 * The terminal as all commands see it: width and colours, tables, a line that is rewritten in
 * place, arguments and how wrong ones are reported.
 */
package org.sigqueue.cli.console;
