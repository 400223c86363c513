/* How many messages a second this program takes when they arrive together: a child writes
 * `depth` frames at a time to each of `count` stream sockets; the parent receives and judges them
 * exactly as in a run. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load.h"

#define PAYLOAD 64

static void pin(int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    sched_setaffinity(0, sizeof cores, &cores);
}

static void write_all(int fd, const char *data, size_t length) {
    while (length) {
        ssize_t sent = send(fd, data, length, MSG_NOSIGNAL);
        if (sent <= 0) exit(1);
        data += sent;
        length -= (size_t)sent;
    }
}

static void feed(const int *fds, int count, int depth, int rounds) {
    size_t size = 2 + 12 + PAYLOAD;
    char *data = malloc(size * (size_t)depth);
    for (int round = 0; round < rounds; round++) {
        uint64_t now = clock_ns();
        for (int i = 0; i < depth; i++) {
            char *p = data + (size_t)i * size;
            p[0] = (char)0x81;
            p[1] = 12 + PAYLOAD;
            memcpy(p + 2, "42[\"msg\",\"", 10);
            memset(p + 12, 'x', PAYLOAD);
            stamp_put(p + 12, (uint32_t)(round * depth + i), now);
            memcpy(p + 12 + PAYLOAD, "\"]", 2);
        }
        for (int i = 0; i < count; i++) write_all(fds[i], data, size * (size_t)depth);
    }
}

int selftest(int argc, char **argv) {
    int count = argc > 2 ? atoi(argv[2]) : 1000, depth = argc > 3 ? atoi(argv[3]) : 256;
    int rounds = argc > 4 ? atoi(argv[4]) : 40, *ends = calloc((size_t)count, sizeof *ends);
    for (int i = 0, pair[2]; i < count; i++) {
        struct connection *c = &load.connections[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) return 1;
        ends[i] = pair[0];
        c->fd = pair[1];
        c->state = READY;
        epoll_ctl(load.epoll, EPOLL_CTL_ADD, c->fd, &event);
    }
    load.count = load.ready = count;
    run_begin(PAYLOAD);
    load.run.next = (uint32_t)(rounds * depth);
    load.rearm = (uint32_t)count;
    for (uint32_t i = 0; i < PENDING; i++) load.pending[i] = load.rearm;
    pid_t child = fork();
    if (!child) {
        pin(0);
        feed(ends, count, depth, rounds);
        _exit(0);
    }
    pin(1);
    uint64_t start = load.now = clock_ns(), all = (uint64_t)count * load.run.next;
    while (load.run.received < all && load.now < start + 60000000000u)
        poll_until(load.now + 1000000);
    run_print("selftest", start);
    waitpid(child, NULL, 0);
    return load.run.received == all && !load.run.reordered && !load.run.duplicated ? 0 : 1;
}
