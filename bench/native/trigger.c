/* Broadcasts that an HTTP request starts: a few keep-alive connections, one request in flight on
 * each. What finds none free waits here; its latency counts from the moment it was due. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "load.h"

#define POOL 16

static struct connection pool[POOL];
static bool busy[POOL];
static uint64_t queue[UNDER_WAY_MOST]; /* by sequence: when it was due */
static uint32_t next, end;             /* sequence numbers that wait: next <= n < end */

static bool *busy_of(const struct connection *c) { return &busy[c - pool]; }

bool trigger_busy(const struct connection *c) { return *busy_of(c); }

static bool open_one(struct connection *c) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    memset(c, 0, sizeof *c);
    c->fd = socket_open(&load.dialect.http, 0);
    if (c->fd < 0) {
        if (!load.reason[0]) snprintf(load.reason, sizeof load.reason, "%s", words(errno));
        return false;
    }
    c->state = HTTP;
    epoll_ctl(load.epoll, EPOLL_CTL_ADD, c->fd, &event);
    return true;
}

static void request(struct connection *c, uint32_t sequence) {
    static char text[AROUND_MOST * 5 + PAYLOAD_MOST];
    struct dialect *d = &load.dialect;
    uint32_t payload = load.run.payload;
    size_t at = numbered(text, &d->http_head, sequence % load.run.rooms);
    stamp_put(text + at, sequence, queue[sequence & (UNDER_WAY_MOST - 1)]);
    memset(text + at + MARK_LENGTH + STAMP, 'x', payload - MARK_LENGTH - STAMP);
    at += payload;
    if (d->http_tail.length) memcpy(text + at, d->http_tail.data, d->http_tail.length);
    *busy_of(c) = true;
    send_bytes(c, text, at + d->http_tail.length);
}

void trigger_add(uint32_t sequence, uint64_t due) {
    if (next == end) next = sequence;
    queue[sequence & (UNDER_WAY_MOST - 1)] = due;
    end = sequence + 1;
}

void trigger_send(void) {
    for (int i = 0; i < POOL && next != end; i++) {
        if (busy[i]) continue;
        if (pool[i].state == CLOSED && !open_one(&pool[i])) {
            load.run.refused++;
            return;
        }
        request(&pool[i], next++);
    }
}

bool trigger_idle(void) {
    for (int i = 0; i < POOL; i++)
        if (busy[i]) return false;
    return next == end;
}

void trigger_closed(struct connection *c) {
    load.run.refused++;
    *busy_of(c) = false;
    connection_close(c);
}

void trigger_close(void) {
    next = end;
    for (int i = 0; i < POOL; i++) {
        busy[i] = false;
        if (pool[i].state != CLOSED) connection_close(&pool[i]);
    }
}

/* The length of a chunked body; 0 while it is incomplete. */
static size_t chunked(const char *data, size_t length) {
    for (size_t at = 0;;) {
        const char *line = data + at, *stop = memmem(line, length - at, "\r\n", 2);
        if (!stop) return 0;
        size_t size = strtoul(line, NULL, 16);
        at = (size_t)(stop + 2 - data);
        if (!size) {
            while ((stop = memmem(data + at, length - at, "\r\n", 2)) && stop != data + at)
                at = (size_t)(stop + 2 - data);
            return stop ? at + 2 : 0;
        }
        if (size > MESSAGE_MOST || length - at < size + 2) return 0;
        at += size + 2;
    }
}

static void judged(struct connection *c, const char *head, bool lasting) {
    *busy_of(c) = false;
    if (head[9] != '2') {
        load.run.refused++;
        if (!load.reason[0])
            snprintf(load.reason, sizeof load.reason, "HTTP%.*s", (int)strcspn(head + 8, "\r"),
                     head + 8);
    }
    if (!lasting) connection_close(c);
}

/* The number of bytes taken: whole answers. */
size_t trigger_answered(struct connection *c, char *data, size_t length) {
    char *body = memmem(data, length, "\r\n\r\n", 4), *value;
    if (!body) return 0;
    if (body - data < 12 || memcmp(data, "HTTP/1.", 7)) {
        fail(c, "no HTTP answer");
        return length;
    }
    body[2] = 0; /* ends the head after its last line */
    size_t head = (size_t)(body + 4 - data), size = 0;
    bool bare = !strncmp(data + 9, "204", 3) || !strncmp(data + 9, "304", 3) || data[9] == '1';
    bool lasting = data[7] != '0' && !strcasestr(data, "\nconnection: close");
    if ((value = strcasestr(data, "\ncontent-length:"))) {
        size = strtoul(value + 16, NULL, 10);
        if (length - head < size) head = 0;
    } else if (strcasestr(data, "\ntransfer-encoding: chunked")) {
        size = chunked(data + head, length - head);
        if (!size) head = 0;
    } else if (!bare) {
        size = length - head; /* a body that ends with the connection */
        lasting = false;
    }
    body[2] = '\r';
    if (!head) return 0;
    if (data[9] != '1') judged(c, data, lasting);
    return head + size;
}
