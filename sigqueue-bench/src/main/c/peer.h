/*
 * The common part of the C peers. Each is a program PEER PAGE SIGNAL: it maps the page, gets ready
 * and receives until it is killed. They are the limits for a library on the same kernel mechanism,
 * so they do nothing that is not needed.
 */
#ifndef PEER_H
#define PEER_H

#include "page.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct page *page;
static int signal_number;

static inline void check(int result, const char *what)
{
    if (result < 0) {
        perror(what);
        exit(1);
    }
}

static inline void start_peer(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s PAGE SIGNAL\n", argv[0]);
        exit(2);
    }
    int fd = open(argv[1], O_RDWR);
    check(fd, argv[1]);
    page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    check(page == MAP_FAILED ? -1 : 0, "mmap");
    signal_number = atoi(argv[2]);
}

static inline void ready(void)
{
    atomic_store(&page->ready, 1);
}

/* The user code; one thread, or one handler, calls it at a time. */
static inline void receive(int64_t value)
{
    if (value <= atomic_load_explicit(&page->last, memory_order_relaxed))
        atomic_fetch_add_explicit(&page->disorder, 1, memory_order_relaxed);
    atomic_store_explicit(&page->last, value, memory_order_relaxed);
    atomic_fetch_add_explicit(&page->events, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&page->count, 1, memory_order_release);
}

static inline void handle(void (*handler)(int, siginfo_t *, void *))
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigfillset(&action.sa_mask);
    check(sigaction(signal_number, &action, NULL), "sigaction");
}

/* Blocks the signal in this thread and in those that it creates. */
static inline sigset_t block_signal(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal_number);
    check(sigprocmask(SIG_BLOCK, &set, NULL), "sigprocmask");
    return set;
}

static inline void start_thread(void *(*body)(void *))
{
    pthread_t thread;
    check(-pthread_create(&thread, NULL, body, NULL), "pthread_create");
}

static inline void sleep_forever(void)
{
    for (;;)
        pause();
}

#endif
