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
#define HEAD "42[\"msg\",\""
#define TAIL "\"]"
#define FRAME (2 + sizeof HEAD - 1 + PAYLOAD + sizeof TAIL - 1)

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
    size_t size = FRAME;
    char *data = malloc(size * (size_t)depth);
    for (int round = 0; round < rounds; round++) {
        uint64_t now = clock_ns();
        for (int i = 0; i < depth; i++) {
            char *p = data + (size_t)i * size;
            p[0] = (char)0x81;
            p[1] = FRAME - 2;
            memcpy(p + 2, HEAD, sizeof HEAD - 1);
            memset(p + 2 + sizeof HEAD - 1, 'x', PAYLOAD);
            stamp_put(p + 2 + sizeof HEAD - 1, (uint32_t)(round * depth + i), now);
            memcpy(p + FRAME - sizeof TAIL + 1, TAIL, sizeof TAIL - 1);
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
    load.dialect.message_opcode = TEXT;
    load.dialect.message_head = (struct bytes){HEAD, sizeof HEAD - 1};
    load.dialect.message_tail = (struct bytes){TAIL, sizeof TAIL - 1};
    run_begin(PAYLOAD, 1);
    run_ticks(&load.run.delivery, &load.run.sent, &load.run.received);
    load.run.active = true;
    load.run.recipients = (uint32_t)count;
    load.shared->next = (uint32_t)(rounds * depth);
    for (uint32_t i = 0; i < UNDER_WAY_MOST; i++) load.shared->left[i] = (uint32_t)count;
    pid_t child = fork();
    if (!child) {
        pin(0);
        feed(ends, count, depth, rounds);
        _exit(0);
    }
    pin(1);
    uint64_t start = load.now = clock_ns(), all = (uint64_t)count * load.shared->next;
    load.run.begun = start;
    while (load.run.received < all && load.now < start + 60000000000u)
        poll_until(load.now + 1000000);
    run_end("selftest");
    run_counts();
    answer_end();
    waitpid(child, NULL, 0);
    return load.run.received == all && !load.run.reordered && !load.run.duplicated ? 0 : 1;
}
