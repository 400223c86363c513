/* Opens and closes connections. One is ready when its CONNECT has been answered, and its room
 * entered where there are rooms; its latency counts from the moment at which it was due. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <unistd.h>

#include "load.h"

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

/* One source address has some 28,000 ports, of which those of closed connections rest a while. */
#define PORTS_PER_ADDRESS 8000

const char *words(int error) {
    switch (error) {
    case ECONNREFUSED: return "connection refused";
    case EMFILE: return "too many open files";
    case EADDRNOTAVAIL: return "no local port is left";
    case ETIMEDOUT: return "no answer";
    case ECONNRESET: return "closed before it was ready";
    case EPIPE: return "closed before it was ready";
    default: return strerror(error);
    }
}

/* Not connected yet, as a rule: what is sent meanwhile waits. -1: errno says why. On loopback
 * there are source addresses enough, 127.0.0.1 and on. */
int socket_open(const struct address *address, uint32_t number) {
    struct sockaddr_in source = {.sin_family = AF_INET};
    bool loopback = address->to.any.sa_family == AF_INET &&
                    ntohl(address->to.four.sin_addr.s_addr) >> 24 == 127;
    int on = 1;
    int fd = socket(address->to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + number / PORTS_PER_ADDRESS);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if ((loopback && bind(fd, (struct sockaddr *)&source, sizeof source)) ||
        (connect(fd, &address->to.any, address->length) && errno != EINPROGRESS)) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

void connection_close(struct connection *c) {
    if (c->state == READY) load.ready--;
    if (c->state > CLOSED && c->state < READY) load.opening--;
    close(c->fd);
    free(c->rest);
    free(c->out);
    free(c->part);
    echoes_free(c);
    c->rest = c->out = c->part = NULL;
    c->rest_length = c->out_length = c->part_length = c->part_opcode = 0;
    c->announced = false;
    c->state = CLOSED;
}

/* Closes a connection by a fault that is not ours, which it is none where nothing was asked of it.
 * The first reason is kept. */
void fail(struct connection *c, const char *format, ...) {
    va_list values;
    if (c->state == HTTP && !trigger_busy(c)) {
        connection_close(c);
        return;
    }
    if (!load.reason[0]) {
        va_start(values, format);
        vsnprintf(load.reason, sizeof load.reason, format, values);
        va_end(values);
    }
    if (c->state == HTTP) {
        trigger_closed(c);
        return;
    }
    if (c->state == READY) load.run.closed++;
    load.failed++;
    connection_close(c);
}

static void open_connection(uint32_t number, uint64_t due) {
    static char request[1 << 15];
    struct connection *c = &load.connections[load.count++];
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    memset(c, 0, sizeof *c);
    c->number = number;
    c->due = due;
    load.run.sent++;
    load.opening++;
    c->state = UPGRADING;
    if ((c->fd = socket_open(&load.dialect.address, number)) < 0) {
        fail(c, "%s", words(errno));
        return;
    }
    epoll_ctl(load.epoll, EPOLL_CTL_ADD, c->fd, &event);
    send_bytes(c, request, numbered(request, &load.dialect.request, number));
}

static void give_up(const char *why) {
    for (int i = 0; i < load.count; i++) {
        struct connection *c = &load.connections[i];
        if (c->state > CLOSED && c->state < READY) fail(c, "%s", why);
    }
}

/* All at once as far as `window` allows, or on a schedule. */
bool connect_many(const char *line) {
    int count = (int)number(line, "count", 1), window = (int)number(line, "window", 64);
    uint32_t first = (uint32_t)number(line, "first", 0);
    uint64_t interval = (uint64_t)number(line, "interval_ns", 0);
    uint64_t seconds = (uint64_t)number(line, "seconds", 60), next = 0;
    load.rooms = (uint32_t)number(line, "rooms", 1);
    if (!load.rooms) load.rooms = 1;
    if (refused()) return false;
    if (!load.dialect.address.length) return refuse("connect before setup");
    if (load.count + count > CONNECTIONS_MOST)
        return refuse("more than %d connections", CONNECTIONS_MOST);
    run_begin(PAYLOAD_LEAST, 1);
    run_ticks(&load.run.connect, &load.run.sent, &load.run.received);
    uint64_t start = load.now = clock_ns(), end = start + seconds * 1000000000u;
    run_start(start);
    for (int begun = 0; (begun < count || load.opening) && load.now < end && !halted();) {
        while (load.failed <= FAILURES_MOST) {
            next = interval ? start + (uint64_t)begun * interval : load.now;
            if (begun == count || next > load.now || (!interval && load.opening >= window)) break;
            leave_at(next);
            open_connection(first + (uint32_t)begun++, next);
            load.now = clock_ns();
        }
        if (load.failed > FAILURES_MOST) break;
        poll_until(begun < count && next > load.now ? next : load.now + 10000000);
    }
    give_up(load.stopped ? "stopped" : "no answer");
    run_end("connect");
    return true;
}

void close_all(bool politely) {
    static const char GONE[] = {0x03, (char)0xe8}; /* 1000, a normal closure */
    for (int i = 0; i < load.count; i++) {
        struct connection *c = &load.connections[i];
        if (politely && c->state > UPGRADING) send_frame(c, CLOSE, GONE, sizeof GONE);
        if (c->state != CLOSED) connection_close(c);
    }
    load.count = 0;
    load.urgent = NULL;
}
