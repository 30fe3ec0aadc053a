/* The terminal and the supervisor. */
#define _GNU_SOURCE
#include "check.h"
#include "signotify.h"
#include "sigterminal.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>

static bool echoes(int terminal)
{
    struct termios modes;
    return tcgetattr(terminal, &modes) == 0 && (modes.c_lflag & ECHO) != 0 &&
           (modes.c_lflag & ICANON) != 0;
}

static void be_quiet(int terminal)
{
    struct termios modes;
    tcgetattr(terminal, &modes);
    modes.c_lflag &= ~(tcflag_t)(ECHO | ICANON);
    tcsetattr(terminal, TCSANOW, &modes);
}

/* Runs a body that leads a session on a new terminal; it returns 0 if all is well. */
static bool on_a_terminal(int (*body)(void))
{
    int master, status;
    const pid_t child = forkpty(&master, NULL, NULL, NULL);
    if (child == 0)
        _exit(body());
    char line[256];
    while (read(master, line, sizeof line) > 0) /* to the end: some kernels wait for it */
        ;
    waitpid(child, &status, 0);
    close(master);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int changes_and_restores(void)
{
    sq_terminal_save();
    be_quiet(STDIN_FILENO);
    if (echoes(STDIN_FILENO))
        return 1;
    return sq_terminal_restore() == 0 && echoes(STDIN_FILENO) ? 0 : 2;
}

static void modes_come_back(void)
{
    CHECK(on_a_terminal(changes_and_restores));
}

static int pages(void)
{
    const int null = open("/dev/null", O_WRONLY);
    dup2(null, STDOUT_FILENO);
    sq_terminal_save();
    be_quiet(STDIN_FILENO);
    return sq_terminal_restore() == 0 && !echoes(STDIN_FILENO) ? 0 : 1;
}

static void terminal_of_a_pipeline_is_left_alone(void)
{
    CHECK(on_a_terminal(pages));
}

static int in_the_background(void)
{
    int status;
    sq_terminal_save();
    be_quiet(STDIN_FILENO);
    const pid_t background = fork();
    if (background == 0) {
        setpgid(0, 0);
        _exit(sq_terminal_restore());
    }
    waitpid(background, &status, WUNTRACED);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 && !echoes(STDIN_FILENO) ? 0 : 1;
}

static void process_in_the_background_leaves_it_alone_and_is_not_stopped(void)
{
    CHECK(on_a_terminal(in_the_background));
}

static int keeps_its_mask(void)
{
    sigset_t before, after;
    sq_terminal_save();
    sigprocmask(SIG_SETMASK, NULL, &before);
    sq_terminal_restore();
    sigprocmask(SIG_SETMASK, NULL, &after);
    return sigismember(&before, SIGTTOU) == sigismember(&after, SIGTTOU) ? 0 : 1;
}

static void mask_stays(void)
{
    CHECK(on_a_terminal(keeps_its_mask));
}

static void without_a_terminal_nothing_happens(void)
{
    const int in = dup(STDIN_FILENO);
    const int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    sq_terminal_save();
    CHECK(sq_terminal_restore() == 0);
    dup2(in, STDIN_FILENO);
    close(in);
    close(null);
}

/* Listens, sends there, and returns whether the message has come. */
static bool arrives(const char *address)
{
    static const char message[] = "READY=1\nSTATUS=all is well";
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    char received[sizeof message + 1];
    const size_t length = strlen(address);
    memcpy(own.sun_path, address, length);
    if (address[0] == '@')
        own.sun_path[0] = '\0';
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool good = bind(fd, (const struct sockaddr *)&own,
                     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) == 0;
    good = good && sq_notify(address, length, message, strlen(message)) == 0;
    const ssize_t got = good ? recv(fd, received, sizeof received, MSG_DONTWAIT) : -1;
    close(fd);
    if (address[0] == '/')
        unlink(address);
    return got == (ssize_t)strlen(message) && memcmp(received, message, (size_t)got) == 0;
}

static void message_arrives_at_a_path(void)
{
    char directory[] = "/tmp/sigqueue-XXXXXX";
    char path[64];
    CHECK(mkdtemp(directory) != NULL);
    snprintf(path, sizeof path, "%s/notify", directory);
    CHECK(arrives(path));
    CHECK(sq_notify(path, strlen(path), "x", 1) == ENOENT);
    rmdir(directory);
}

static void message_arrives_at_an_abstract_name(void)
{
    char name[64];
    snprintf(name, sizeof name, "@sigqueue/%d", (int)getpid());
    CHECK(arrives(name));
    CHECK(sq_notify(name, strlen(name), "x", 1) == ECONNREFUSED);
}

static void addresses_that_cannot_be_are_refused(void)
{
    char long_path[200];
    memset(long_path, 'x', sizeof long_path);
    long_path[0] = '/';
    CHECK(sq_notify(long_path, sizeof long_path, "x", 1) == EINVAL);
    CHECK(sq_notify("vsock:1:2", 9, "x", 1) == EINVAL);
    CHECK(sq_notify("/", 1, "x", 1) == EINVAL);
    CHECK(sq_notify("", 0, "x", 1) == EINVAL);
}

static void socket_without_room_costs_a_second(void)
{
    char name[64];
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    snprintf(name, sizeof name, "@sigqueue/full/%d", (int)getpid());
    memcpy(own.sun_path, name, strlen(name));
    own.sun_path[0] = '\0';
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(bind(fd, (const struct sockaddr *)&own,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))) == 0);
    int error = 0;
    for (int i = 0; error == 0 && i < 100000; i++)
        error = sq_notify(name, strlen(name), "x", 1);
    CHECK(error == EAGAIN);
    close(fd);
}

int main(int argc, char **argv)
{
    start(argc, argv);
    RUN(modes_come_back);
    RUN(terminal_of_a_pipeline_is_left_alone);
    RUN(process_in_the_background_leaves_it_alone_and_is_not_stopped);
    RUN(mask_stays);
    RUN(without_a_terminal_nothing_happens);
    RUN(message_arrives_at_a_path);
    RUN(message_arrives_at_an_abstract_name);
    RUN(addresses_that_cannot_be_are_refused);
    RUN(socket_without_room_costs_a_second);
    return report();
}
