/* The modes of the terminal (echo, lines), put back when the process ends without its hooks. */
#ifndef SIGTERMINAL_H
#define SIGTERMINAL_H

/*
 * Remembers the modes as they are, in place of what was remembered. Called when the library is
 * loaded. Not thread-safe: callers must synchronize, also with sq_terminal_restore.
 */
void sq_terminal_save(void);

/*
 * Puts the modes back that were remembered, if the process is in the foreground: a program in the
 * background has no say. Returns 0, also if there is nothing to do, or an error number. Does not
 * wait for output that a stopped terminal holds back.
 */
int sq_terminal_restore(void);

#endif
