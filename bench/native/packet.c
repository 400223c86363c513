/* What is not a good message in the expected place: the handshake, heartbeats, acknowledgements,
 * messages that have to be searched for their payload, faults. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "load.h"

#define KEY "dGhlIHNhbXBsZSBub25jZQ==" /* the key of RFC 6455, 1.3, and its answer */
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

static bool contains(const char *data, size_t length, const char *text) {
    return memmem(data, length, text, strlen(text));
}

/* The number of bytes taken of the answer to the upgrade. */
size_t upgrade(struct connection *c, char *data, size_t length) {
    const struct bytes *request = &load.dialect.request;
    char *end = memmem(data, length, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t head = (size_t)(end - data), status = (size_t)((char *)memchr(data, '\r', head + 1) - data);
    if (head < 12 || memcmp(data, "HTTP/1.", 7)) {
        fail(c, "no HTTP answer");
    } else if (memcmp(data + 8, " 101", 4)) {
        fail(c, "HTTP%.*s", (int)(status - 8), data + 8);
    } else if (contains(request->data, request->length, KEY) && !contains(data, head, ACCEPT)) {
        fail(c, "a wrong Sec-WebSocket-Accept");
    } else {
        c->state = OPENING;
    }
    return head + 4;
}

static void ready(struct connection *c) {
    c->state = READY;
    load.opening--;
    load.ready++;
    load.run.received++;
    histogram_add(&load.run.second, load.now > c->due ? load.now - c->due : 0);
}

/* Events that a server sends by itself to whom it greets are of no concern here. */
static void handshake(struct connection *c, int opcode, const char *body, size_t length) {
    struct dialect *d = &load.dialect;
    char enter[AROUND_MOST];
    if (c->state == OPENING && opcode == TEXT && length && body[0] == '0') {
        c->state = JOINING;
        send_frame(c, d->opcode, d->hello.data, d->hello.length);
    } else if (c->state == JOINING && d->refusal.length && begins(body, length, &d->refusal)) {
        size_t at = d->refusal.length;
        fail(c, "refused: %.*s", (int)(length - at > 400 ? 400 : length - at), body + at);
    } else if (c->state == JOINING && begins(body, length, &d->welcome)) {
        if (!d->enter.length) {
            ready(c);
            return;
        }
        c->state = ENTERING;
        send_frame(c, d->opcode, enter, numbered(enter, &d->enter, c->number % load.rooms));
    } else if (c->state == ENTERING && begins(body, length, &d->entered)) {
        ready(c);
    }
}

/* What to say of a connection that the other side has closed. */
const char *gone(const struct connection *c) {
    return c->state == READY  ? "closed by the server"
           : c->state == HTTP ? "closed without an answer"
                              : "closed before it was ready";
}

/* True for Engine.IO's own packets, and for Socket.IO's DISCONNECT. */
static bool control(struct connection *c, const char *text, size_t length) {
    if (length == 1 && text[0] == '2') {
        load.run.pings++;
        send_frame(c, TEXT, "3", 1);
    } else if ((length == 1 && text[0] == '1') || (length > 1 && !memcmp(text, "41", 2))) {
        fail(c, "%s", c->state == READY ? "disconnected by the server" : gone(c));
    } else {
        return length == 1 && text[0] == '6';
    }
    return true;
}

static void judge(struct connection *c, int opcode, const char *body, size_t length) {
    struct dialect *d = &load.dialect;
    bool text = opcode == TEXT;
    if (text && c->echoes && begins(body, length, &d->ack_head)) {
        echo_acked(c, body + d->ack_head.length, length - d->ack_head.length);
    } else if (d->search) {
        if (!text || length < 2 || body[1] != '5') searched(c, body, length);
    } else if (text && d->attachment && !c->announced && length == d->message_head.length &&
               begins(body, length, &d->message_head)) {
        c->announced = true;
    } else {
        c->announced = false;
        load.run.garbled++;
    }
}

void message(struct connection *c, int opcode, const char *body, size_t length) {
    if (opcode == PING) {
        send_frame(c, PONG, body, length);
    } else if (opcode == CLOSE) {
        fail(c, "%s", gone(c));
    } else if (opcode == PONG || (opcode == TEXT && control(c, body, length))) {
        return;
    } else if (opcode != TEXT && opcode != BINARY) {
        fail(c, "a frame of unknown opcode %d", opcode);
    } else if (c->state < READY) {
        handshake(c, opcode, body, length);
    } else {
        judge(c, opcode, body, length);
    }
}
