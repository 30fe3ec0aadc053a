/*
 * Parts that the conformance tests need and Java does not have: exact wait statuses, signal
 * dispositions and masks of children, sigqueue and tgkill from another process, a terminal. One
 * program, whose first argument says what it does:
 *
 *   run RESULT [-b|-d|-i SIGNAL]... COMMAND...   see run
 *   queue PID SIGNAL FIRST COUNT [WINDOW]        sends COUNT values by sigqueue, in order; with a
 *                                                WINDOW, for each line on stdin as many of them
 *   kill PID SIGNAL                              sends a signal
 *   tgkill PID TID SIGNAL                        sends a signal to one thread
 *   send PID SIGNAL CODE VALUE                   sends a signal with this si_code
 *   io PID SIGNAL                                has the kernel tell PID that a pipe is readable, by
 *                                                SIGIO, or by SIGNAL if it is not 0; prints the
 *                                                descriptor
 *   status PID                                   prints the lines of signals of /proc/PID/status
 *   last-pid PID                                 makes PID the next to be given to a new process
 *   terminal COMMAND...                          see terminal
 *   session COMMAND...                           the same, but the command leads the session itself
 *   forward COMMAND...                           see forward
 *   supervisor ADDRESS                           see supervisor
 *
 * Children die with the helper.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define FAILED 125

static void fail(const char *what)
{
    fprintf(stderr, "helper: %s: %s\n", what, strerror(errno));
    exit(FAILED);
}

static void check(long result, const char *what)
{
    if (result < 0)
        fail(what);
}

static void execute(char **command)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execvp(command[0], command);
    fail(command[0]);
}

/* Prints how a child has ended, or why it has stopped. */
static void report(int fd, int status)
{
    if (WIFEXITED(status))
        dprintf(fd, "exited %d\n", WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        dprintf(fd, "signaled %d\n", WTERMSIG(status));
    else
        dprintf(fd, "stopped %d\n", WSTOPSIG(status));
}

static void set_disposition(int signal, void (*handler)(int))
{
    const struct sigaction action = {.sa_handler = handler};
    check(sigaction(signal, &action, NULL), "sigaction");
}

/*
 * Runs a command that blocks (-b) a signal, has its default (-d) or ignores it (-i), and writes to
 * the file RESULT each time it stops and how it ends, as report does. A command that stops is
 * continued; that is not reported, for the kernel forgets it if the command stops again first.
 */
static int run(int count, char **arguments)
{
    const int result = open(arguments[0], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    sigset_t blocked;
    int status, next = 1;
    check(result, arguments[0]);
    sigemptyset(&blocked);
    for (; next + 2 < count && arguments[next][0] == '-'; next += 2) {
        const int signal = atoi(arguments[next + 1]);
        switch (arguments[next][1]) {
        case 'b': sigaddset(&blocked, signal); break;
        case 'd': set_disposition(signal, SIG_DFL); break;
        default: set_disposition(signal, SIG_IGN);
        }
    }
    const pid_t child = fork();
    check(child, "fork");
    if (child == 0) {
        /* Led by itself, because stop signals do nothing to a group that nobody outside could continue,
           as that of a build without a terminal may be. */
        setpgid(0, 0);
        sigprocmask(SIG_SETMASK, &blocked, NULL);
        execute(arguments + next);
    }
    /* What the child may die of is not for us: a terminal or a test sends it to both. */
    do {
        check(waitpid(child, &status, WUNTRACED), "waitpid");
        report(result, status);
        if (WIFSTOPPED(status))
            kill(child, SIGCONT);
    } while (!WIFEXITED(status) && !WIFSIGNALED(status));
    return 0;
}

static int queue(char **arguments)
{
    const pid_t pid = atoi(arguments[0]);
    const int signal = atoi(arguments[1]);
    const long first = atol(arguments[2]), count = atol(arguments[3]);
    const long window = arguments[4] == NULL ? count : atol(arguments[4]);
    char line[16];
    long refused = 0;
    for (long value = first; value < first + count;) {
        if (arguments[4] != NULL && (value - first) % window == 0 &&
            fgets(line, sizeof line, stdin) == NULL)
            return FAILED;
        if (sigqueue(pid, signal, (union sigval){.sival_ptr = (void *)value}) == 0) {
            value++;
        } else if (errno == EAGAIN) {
            refused++;
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        } else {
            fail("sigqueue");
        }
    }
    printf("%ld\n", refused);
    return 0;
}

static int send_with_code(char **arguments)
{
    const pid_t pid = atoi(arguments[0]);
    const int signal = atoi(arguments[1]);
    siginfo_t info = {.si_signo = signal, .si_code = atoi(arguments[2])};
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_ptr = (void *)atol(arguments[3]);
    check(syscall(SYS_rt_sigqueueinfo, pid, signal, &info), "rt_sigqueueinfo");
    return 0;
}

static int tell_of_io(char **arguments)
{
    const pid_t pid = atoi(arguments[0]);
    const int signal = atoi(arguments[1]);
    int ends[2];
    check(pipe(ends), "pipe");
    check(fcntl(ends[0], F_SETOWN, pid), "F_SETOWN");
    if (signal != 0)
        check(fcntl(ends[0], F_SETSIG, signal), "F_SETSIG");
    check(fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK), "O_ASYNC");
    check(write(ends[1], "x", 1), "write");
    printf("%d\n", ends[0]);
    return 0;
}

static int print_status(const char *pid)
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%s/status", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail(path);
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "Sig", 3) == 0 || strncmp(line, "Shd", 3) == 0)
            fputs(line, stdout);
    fclose(file);
    return 0;
}

static int set_last_pid(const char *pid)
{
    const int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY);
    check(fd, "ns_last_pid");
    check(dprintf(fd, "%d", atoi(pid) - 1), "ns_last_pid");
    return close(fd);
}

static volatile pid_t forwarding_to;

static void forward_signal(int signal)
{
    kill(forwarding_to, signal);
}

/* Runs a command in its own process group and forwards INT to it, as wrappers of npm's kind do. Exits
   with its status. */
static int forward(char **command)
{
    const struct sigaction action = {.sa_handler = forward_signal, .sa_flags = SA_RESTART};
    int status;
    forwarding_to = fork();
    check(forwarding_to, "fork");
    if (forwarding_to == 0)
        execute(command);
    check(sigaction(SIGINT, &action, NULL), "sigaction");
    check(waitpid(forwarding_to, &status, 0), "waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}

/* Plays systemd: listens at a Unix datagram socket, a path or '@' and an abstract name, and prints
   what comes: one line a message, with '|' between its lines, after the pid of the sender. */
static void supervisor(const char *address)
{
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    const size_t length = strlen(address);
    const int yes = 1;
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    check(fd, "socket");
    memcpy(own.sun_path, address, length < sizeof own.sun_path ? length : sizeof own.sun_path);
    if (address[0] == '@')
        own.sun_path[0] = '\0';
    check(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes), "SO_PASSCRED");
    check(bind(fd, (const struct sockaddr *)&own,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)), "bind");
    printf("listening\n");
    fflush(stdout);
    for (;;) {
        char text[4096];
        union {
            char bytes[CMSG_SPACE(sizeof(struct ucred))];
            struct cmsghdr aligned;
        } control;
        struct iovec part = {.iov_base = text, .iov_len = sizeof text - 1};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1,
                                 .msg_control = &control, .msg_controllen = sizeof control};
        const ssize_t received = recvmsg(fd, &message, 0);
        check(received, "recvmsg");
        const struct cmsghdr *const header = CMSG_FIRSTHDR(&message);
        struct ucred sender = {.pid = 0};
        if (header != NULL && header->cmsg_type == SCM_CREDENTIALS)
            memcpy(&sender, CMSG_DATA(header), sizeof sender);
        text[received] = '\0';
        for (char *c = text; *c != '\0'; c++)
            if (*c == '\n')
                *c = '|';
        printf("%d %s\n", (int)sender.pid, text);
        fflush(stdout);
    }
}

/* ---- terminal ---- */

static const int of_terminal[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};

static void reset_signals_of_terminal(void)
{
    for (size_t i = 0; i < sizeof of_terminal / sizeof of_terminal[0]; i++)
        set_disposition(of_terminal[i], SIG_DFL);
}

static void print_modes(int fd, int terminal)
{
    struct termios modes;
    check(tcgetattr(terminal, &modes), "tcgetattr");
    dprintf(fd, "modes %s %s\n", modes.c_lflag & ECHO ? "echo" : "quiet",
            modes.c_lflag & ICANON ? "lines" : "raw");
}

/*
 * A shell with one job: the leader of the session. It runs the command in the foreground, takes the
 * terminal back when the command stops, and gives it back and continues it for each byte in orders.
 * (Without it the command's process group would be orphaned, and the kernel stops none such.)
 */
static void shell(int orders, int events, char **command)
{
    int status;
    char order;
    signal(SIGTTOU, SIG_IGN); /* or the shell could not take the terminal back */
    const pid_t job = fork();
    check(job, "fork");
    if (job == 0) {
        signal(SIGTTOU, SIG_IGN);
        setpgid(0, 0);
        tcsetpgrp(STDIN_FILENO, getpid());
        reset_signals_of_terminal();
        execute(command);
    }
    dprintf(events, "pid %d\n", (int)job);
    for (;;) {
        check(waitpid(job, &status, WUNTRACED), "waitpid");
        if (WIFSTOPPED(status))
            tcsetpgrp(STDIN_FILENO, getpgrp());
        print_modes(events, STDIN_FILENO);
        report(events, status);
        if (!WIFSTOPPED(status))
            exit(0);
        check(read(orders, &order, 1) - 1, "read");
        tcsetpgrp(STDIN_FILENO, job);
        kill(-job, SIGCONT);
    }
}

/* Prints what has come from a file descriptor; returns false at its end. */
static bool pass_on(int from)
{
    char buffer[4096];
    const ssize_t length = read(from, buffer, sizeof buffer);
    for (ssize_t i = 0; i < length; i++)
        if (buffer[i] != '\r')
            putchar(buffer[i]);
    fflush(stdout);
    return length > 0;
}

/*
 * Runs a command on a terminal of its own. What it prints goes to our stdout, and so do its pid, the
 * modes of the terminal when it stops or ends, and what becomes of it, as report has it. Our stdin has
 * orders, one a line: "size ROWS COLUMNS" sets the size of the terminal, "key NUMBER" presses a key,
 * "modes" prints the modes, "hangup" closes the terminal, "foreground" continues the stopped command.
 *
 * If the command is to lead the session, there is no shell, and nothing is said of pid and modes.
 */
static int terminal(char **command, bool leads)
{
    int master, orders[2], events[2];
    char line[256];
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    check(pipe2(orders, O_CLOEXEC), "pipe");
    check(pipe2(events, O_CLOEXEC), "pipe");
    const pid_t leader = forkpty(&master, NULL, NULL, &size);
    check(leader, "forkpty");
    if (leader == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (leads) {
            reset_signals_of_terminal();
            execute(command);
        }
        shell(orders[0], events[1], command);
    }
    close(events[1]);
    struct pollfd sources[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = master, .events = POLLIN},
                               {.fd = events[0], .events = POLLIN}};
    setvbuf(stdin, NULL, _IONBF, 0); /* poll must see what fgets has left */
    if (leads)
        sources[2].fd = -1;
    while (leads ? sources[1].fd >= 0 : sources[2].fd >= 0) {
        unsigned rows, columns, key;
        check(poll(sources, 3, -1), "poll");
        if (sources[1].revents && !pass_on(master))
            sources[1].fd = -1;
        if (sources[2].revents && !pass_on(events[0]))
            sources[2].fd = -1;
        if (!sources[0].revents)
            continue;
        if (fgets(line, sizeof line, stdin) == NULL)
            return FAILED;
        if (sscanf(line, "size %u %u", &rows, &columns) == 2) {
            size.ws_row = (unsigned short)rows;
            size.ws_col = (unsigned short)columns;
            check(ioctl(master, TIOCSWINSZ, &size), "TIOCSWINSZ");
        } else if (sscanf(line, "key %u", &key) == 1) {
            check(dprintf(master, "%c", (int)key), "write");
        } else if (strcmp(line, "modes\n") == 0) {
            print_modes(STDOUT_FILENO, master);
        } else if (strcmp(line, "hangup\n") == 0) {
            close(master);
            sources[1].fd = -1;
        } else {
            check(write(orders[1], "f", 1), "write");
        }
    }
    if (leads) {
        int status;
        check(waitpid(leader, &status, 0), "waitpid");
        report(STDOUT_FILENO, status);
    }
    return 0;
}

int main(int count, char **arguments)
{
    const char *what = count > 2 ? arguments[1] : "";
    if (strcmp(what, "run") == 0 && count > 3)
        return run(count - 2, arguments + 2);
    if (strcmp(what, "queue") == 0 && (count == 6 || count == 7))
        return queue(arguments + 2);
    if (strcmp(what, "kill") == 0 && count == 4) {
        check(kill(atoi(arguments[2]), atoi(arguments[3])), "kill");
        return 0;
    }
    if (strcmp(what, "tgkill") == 0 && count == 5) {
        check(syscall(SYS_tgkill, atoi(arguments[2]), atoi(arguments[3]), atoi(arguments[4])),
              "tgkill");
        return 0;
    }
    if (strcmp(what, "send") == 0 && count == 6)
        return send_with_code(arguments + 2);
    if (strcmp(what, "io") == 0 && count == 4)
        return tell_of_io(arguments + 2);
    if (strcmp(what, "status") == 0 && count == 3)
        return print_status(arguments[2]);
    if (strcmp(what, "last-pid") == 0 && count == 3)
        return set_last_pid(arguments[2]);
    if (strcmp(what, "terminal") == 0)
        return terminal(arguments + 2, false);
    if (strcmp(what, "session") == 0)
        return terminal(arguments + 2, true);
    if (strcmp(what, "forward") == 0)
        return forward(arguments + 2);
    if (strcmp(what, "supervisor") == 0 && count == 3)
        supervisor(arguments[2]);
    fprintf(stderr, "helper: %s?\n", what);
    return FAILED;
}
