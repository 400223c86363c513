/* The load generator. It reads one command a line and answers each with one line of JSON:
 *
 *   connect port= count= [window=64] [headers=600] [seconds=60] [msgpack=0]
 *   broadcast [rate=0] [ms=1000] [count=] [payload=64] [binary=0] [probe=0] [drain=5]
 *   echo [clients=100] [window=16] [ms=1000] [drain=5]
 *   wait ms=        (answers heartbeats meanwhile)
 *   spin on=        (poll without sleeping during runs)
 *   close, quit
 *
 * `receiver selftest` measures its own receiving.
 * Between commands it sleeps, and goes on answering heartbeats. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

#define MOST 60000
#define EVENTS 64

struct load load;
static char command[1024];
static size_t command_length;
static bool command_ready;

long option(const char *line, const char *name, long fallback) {
    size_t length = strlen(name);
    for (const char *p = line; (p = strstr(p, name)); p += length)
        if (p > line && p[-1] == ' ' && p[length] == '=') return strtol(p + length + 1, NULL, 10);
    return fallback;
}

static void read_command(void) {
    char *end;
    ssize_t more = read(0, command + command_length, sizeof command - 1 - command_length);
    if (more <= 0) {
        load.ended = true;
        return;
    }
    command_length += (size_t)more;
    command[command_length] = 0;
    if ((end = strchr(command, '\n'))) {
        *end = 0;
        command_length = 0;
        command_ready = true;
    }
}

/* Waits for one batch of events, at most until the moment given. */
void poll_until(uint64_t until) {
    struct epoll_event events[EVENTS];
    static uint64_t looked;
    bool spin = load.spin && load.run.active;
    uint64_t before = load.now = clock_ns();
    uint64_t left = until > before && !spin ? until - before : 0;
    struct timespec patience = {(time_t)(left / 1000000000u), (long)(left % 1000000000u)};
    int count = epoll_pwait2(load.epoll, events, EVENTS, &patience, NULL);
    if (count <= 0) {
        load.now = clock_ns();
        load.idle += load.now - before;
    }
    for (int i = 0; i < count; i++) {
        struct connection *c = events[i].data.ptr;
        if (!c) {
            read_command();
            continue;
        }
        if (c->state != CLOSED && events[i].events & EPOLLOUT) send_rest(c);
        if (c->state != CLOSED && events[i].events & ~(uint32_t)EPOLLOUT) receive(c);
        if (load.urgent && load.now - looked > 50000 && load.urgent->state != CLOSED) {
            looked = load.now;
            receive(load.urgent);
        }
        if (load.due) load.due();
    }
    if (load.due) load.due();
}

static void wait_for(uint64_t ms) {
    uint64_t end = clock_ns() + ms * 1000000u, pings = load.run.pings;
    while (load.now < end && !load.ended) poll_until(end);
    printf("{\"kind\":\"wait\",\"pings\":%lu,\"ready\":%d,\"failed\":%d,\"stale\":%lu}\n",
           load.run.pings - pings, load.ready, load.failed, load.run.stale);
}

static void execute(const char *line) {
    if (!strncmp(line, "connect ", 8)) {
        int count = (int)option(line, "count", 1);
        if (load.count + count > MOST) count = MOST - load.count;
        uint64_t start = clock_ns();
        load.msgpack = option(line, "msgpack", 0);
        connect_all((int)option(line, "port", 0), count, (int)option(line, "window", 64),
                    (int)option(line, "headers", 600), (double)option(line, "seconds", 60));
        printf("{\"kind\":\"connect\",\"ready\":%d,\"failed\":%d,\"seconds\":%.6f}\n", load.ready,
               load.failed, (double)(clock_ns() - start) / 1e9);
    } else if (!strncmp(line, "broadcast", 9)) {
        broadcast(line);
    } else if (!strncmp(line, "echo", 4)) {
        echo(line);
    } else if (!strncmp(line, "wait ", 5)) {
        wait_for((uint64_t)option(line, "ms", 0));
    } else if (!strncmp(line, "spin ", 5)) {
        load.spin = option(line, "on", 1);
        printf("{\"kind\":\"spin\"}\n");
    } else if (!strcmp(line, "close")) {
        close_all();
        printf("{\"kind\":\"close\"}\n");
    } else {
        load.ended = true;
    }
    fflush(stdout);
}

int main(int argc, char **argv) {
    struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL};
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    load.connections = calloc(MOST, sizeof *load.connections);
    load.spin = true;
    memset(load.padding, 'x', sizeof load.padding);
    if (argc > 1 && !strcmp(argv[1], "selftest")) return selftest(argc, argv);
    epoll_ctl(load.epoll, EPOLL_CTL_ADD, 0, &input);
    while (!load.ended) {
        poll_until(clock_ns() + 1000000000u);
        if (command_ready) {
            command_ready = false;
            execute(command);
        }
    }
    return 0;
}
