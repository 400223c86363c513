/* Reads a connection. All messages of one read are stamped with the moment just after it, so a
 * message's latency includes the time for which we let it wait. A good message is known by its
 * length and by what stands at fixed places; everything else goes a slower way. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "judge.h"

#define READ_MOST (1u << 18)
#define HEAD_MOST 16

static char buffer[MESSAGE_MOST + HEAD_MOST + READ_MOST];

static inline bool delivered(struct connection *c, int first, const char *body, size_t length) {
    const struct pattern *p = &load.run.pattern;
    if (first != p->first || length != p->length || memcmp(body, p->head.data, p->head.length) ||
        memcmp(body + p->head.length + STAMP, p->tail.data, p->tail.length) ||
        c->state != READY || c->announced != load.dialect.attachment)
        return false;
    c->announced = false;
    deliver(c, body + p->head.length);
    return true;
}

/* A server of unknown habits: the payload may be anywhere in the message. */
void searched(struct connection *c, const char *body, size_t length) {
    uint32_t padding = load.run.payload - MARK_LENGTH - STAMP;
    const char *mark = memmem(body, length, MARK, MARK_LENGTH), *end = body + length;
    if (!mark) {
        load.run.foreign++;
    } else if ((size_t)(end - mark) < load.run.payload ||
               memcmp(mark + MARK_LENGTH + STAMP, load.padding, padding)) {
        load.run.garbled++;
    } else {
        deliver(c, mark + MARK_LENGTH);
    }
}

static void fragment(struct connection *c, int first, const char *body, size_t length) {
    int opcode = first & 15;
    if ((opcode == CONTINUATION) != (c->part_opcode != 0)) {
        fail(c, "a fragment out of place");
        return;
    }
    if (c->part_length + length > MESSAGE_MOST) {
        fail(c, "a message of more than %u bytes", MESSAGE_MOST);
        return;
    }
    if (opcode) c->part_opcode = (uint8_t)opcode;
    c->part = realloc(c->part, c->part_length + length + 1);
    memcpy(c->part + c->part_length, body, length);
    c->part_length += (uint32_t)length;
    if (!(first & 0x80)) return;
    char *whole = c->part;
    size_t size = c->part_length;
    opcode = c->part_opcode;
    c->part = NULL;
    c->part_length = c->part_opcode = 0;
    if (!delivered(c, 0x80 | opcode, whole, size)) message(c, opcode, whole, size);
    free(whole);
}

static inline void frame(struct connection *c, int first, const char *body, size_t length) {
    if (delivered(c, first, body, length)) return;
    if (first & 0x70) {
        fail(c, "a compressed frame, which was not agreed upon");
    } else if (!(first & 0x80) || !(first & 15)) {
        fragment(c, first, body, length);
    } else {
        message(c, first & 15, body, length);
    }
}

/* The number of bytes taken; the rest is an incomplete frame. */
static size_t frames(struct connection *c, const char *data, size_t length) {
    const unsigned char *p = (const unsigned char *)data, *end = p + length;
    while (end - p >= 2 && c->state != CLOSED) {
        size_t size = p[1], head = 2;
        if (size >= 126) {
            if (size > 127) {
                fail(c, "a masked frame");
                break;
            }
            head = size == 126 ? 4 : 10;
            if ((size_t)(end - p) < head) break;
            size = 0;
            for (size_t i = 2; i < head; i++) size = size << 8 | p[i];
            if (size > MESSAGE_MOST) {
                fail(c, "a message of %zu bytes, more than %u", size, MESSAGE_MOST);
                break;
            }
        }
        if ((size_t)(end - p) < head + size) break;
        frame(c, p[0], (const char *)p + head, size);
        p += head + size;
    }
    return (size_t)((const char *)p - data);
}

void receive(struct connection *c) {
    size_t length = c->rest_length, taken = 0;
    if (length) memcpy(buffer, c->rest, length);
    ssize_t more = recv(c->fd, buffer + length, READ_MOST, MSG_DONTWAIT);
    if (more < 0 && errno == EAGAIN) return;
    load.now = clock_ns();
    if (more < 0) fail(c, "%s", words(errno));
    if (more == 0) fail(c, "%s", gone(c));
    if (more <= 0) return;
    length += (size_t)more;
    if (c->state == HTTP) taken = trigger_answered(c, buffer, length);
    if (c->state == UPGRADING) taken = upgrade(c, buffer, length);
    if (c->state >= OPENING && c->state <= READY)
        taken += frames(c, buffer + taken, length - taken);
    if (c->state == CLOSED) return;
    c->rest_length = (uint32_t)(length - taken);
    if (c->rest_length > MESSAGE_MOST + HEAD_MOST) {
        fail(c, "an answer of more than %u bytes", MESSAGE_MOST);
    } else if (c->rest_length) {
        c->rest = realloc(c->rest, c->rest_length);
        memcpy(c->rest, buffer + taken, c->rest_length);
    }
    if (c->echoes && c->echoes->credit) echo_refill(c);
}
