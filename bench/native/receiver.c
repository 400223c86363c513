/* The load generator. It reads one command a line and answers each with one line of JSON:
 *
 *   setup, form   the bytes of the dialect that the server speaks
 *   connect       more connections                    broadcast   one to many
 *   echo          acknowledged events                 wait        answers heartbeats
 *   cut, close    all connections, without a word, or with one
 *   spin on=      poll without sleeping during runs   stop        ends the run that goes on
 *   quit
 *
 * bench/load/ gives these bytes. `receiver --shared FILE` counts recipients together with other
 * processes; `receiver selftest` measures its own receiving.
 * Between commands it sleeps, and goes on answering heartbeats. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

#include "load.h"

#define EVENTS 64
#define URGENT_NS 50000

struct load load;

bool halted(void) { return load.ended || load.stopped; }

static void read_input(void) {
    if (command_read()) return;
    load.ended = true;
    epoll_ctl(load.epoll, EPOLL_CTL_DEL, 0, NULL);
}

static void read_urgent(void) {
    static uint64_t looked;
    if (!load.urgent || load.now - looked < URGENT_NS || load.urgent->state == CLOSED) return;
    looked = load.now;
    receive(load.urgent);
}

static int sleep_until(struct epoll_event *events, uint64_t until) {
    uint64_t left = until < tick_at() ? until : tick_at();
    left = left > load.now ? left - load.now : 0;
    struct timespec patience = {(time_t)(left / 1000000000u), (long)(left % 1000000000u)};
    return epoll_pwait2(load.epoll, events, EVENTS, &patience, NULL);
}

/* Waits for one batch of events, at most until the moment given. */
void poll_until(uint64_t until) {
    struct epoll_event events[EVENTS];
    uint64_t before = load.now = clock_ns();
    int count = epoll_wait(load.epoll, events, EVENTS, 0);
    if (count <= 0) {
        if (!(load.spin && load.run.active)) count = sleep_until(events, until);
        load.now = clock_ns();
        load.run.idle += load.now - before;
    }
    for (int i = 0; i < count; i++) {
        struct connection *c = events[i].data.ptr;
        if (!c) {
            read_input();
            continue;
        }
        if (c->state != CLOSED && events[i].events & EPOLLOUT) send_rest(c);
        if (c->state != CLOSED && events[i].events & ~(uint32_t)EPOLLOUT) receive(c);
        read_urgent();
        tick_due();
        if (load.due) load.due();
    }
    tick_due();
    if (load.due) load.due();
}

static bool wait_for(const char *line) {
    uint64_t ms = (uint64_t)number(line, "ms", 0);
    if (refused()) return false;
    run_begin(PAYLOAD_LEAST, 1);
    run_ticks(&load.run.delivery, &load.run.sent, &load.run.received);
    run_start(load.now);
    uint64_t end = load.now + ms * 1000000u;
    while (load.now < end && !halted()) poll_until(end);
    run_end("wait");
    return true;
}

static bool answer(const char *kind) {
    printf("{\"kind\":\"%s\"", kind);
    return true;
}

static bool done(const char *line) {
    if (command_is(line, "setup")) return setup(line) && answer("setup");
    if (command_is(line, "form")) return form(line) && answer("form");
    if (command_is(line, "broadcast")) return broadcast(line);
    if (command_is(line, "echo")) return echo(line);
    if (command_is(line, "wait")) return wait_for(line);
    if (command_is(line, "connect")) {
        if (!connect_many(line)) return false;
        run_histogram("latency", &load.run.connect);
        return true;
    }
    if (command_is(line, "cut") || command_is(line, "close")) {
        bool politely = command_is(line, "close");
        close_all(politely);
        return answer(politely ? "close" : "cut");
    }
    if (command_is(line, "spin")) {
        load.spin = number(line, "on", 1);
        return !refused() && answer("spin");
    }
    return refuse("unknown command %.40s", line);
}

static void execute(const char *line) {
    if (command_is(line, "quit")) {
        load.ended = true;
        return;
    }
    bool well = done(line);
    const char *why = refusal_taken();
    if (!well) {
        printf("{\"kind\":\"error\",\"what\":");
        text_print(why ? why : "it can't be done");
    }
    answer_end();
}

static void prepare(void) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    fcntl(1, F_SETPIPE_SZ, 1 << 20); /* ticks must not wait for whoever reads them */
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    load.connections = calloc(CONNECTIONS_MOST, sizeof *load.connections);
    load.spin = true;
    memset(load.padding, 'x', sizeof load.padding);
}

int main(int argc, char **argv) {
    struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL};
    bool shared = argc == 3 && !strcmp(argv[1], "--shared");
    prepare();
    load.alone = !shared;
    if (!(load.shared = shared_open(shared ? argv[2] : NULL))) {
        fprintf(stderr, "receiver: %s: %s\n", argv[2], strerror(errno));
        return 1;
    }
    if (argc > 1 && !strcmp(argv[1], "selftest")) return selftest(argc, argv);
    epoll_ctl(load.epoll, EPOLL_CTL_ADD, 0, &input);
    while (!load.ended) {
        poll_until(clock_ns() + 1000000000u);
        for (char *line; !load.ended && (line = command_next());) execute(line);
    }
    return 0;
}
