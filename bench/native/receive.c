/* Reads a connection and judges every message. All messages of one read are stamped with the
 * moment just after it, so a message's latency includes the time for which we let it wait. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

#define PREFIX "42[\"msg\",\""
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" /* for the one key that we send (RFC 6455, 1.3) */

/* msgpack: CONNECT, and how its answer begins. */
#define PACKED_CONNECT "\x82\xa4type\x00\xa3nsp\xa1/"
#define PACKED_REPLY "\x83\xa4type\x00\xa3nsp\xa1/\xa4" "data\x81\xa3sid"

static char buffer[1 << 18];

void connection_close(struct connection *c) {
    if (c->state == READY) load.ready--;
    close(c->fd);
    free(c->rest);
    free(c->out);
    echoes_free(c);
    c->rest = c->out = NULL;
    c->rest_length = c->out_length = 0;
    c->state = CLOSED;
    load.run.closed++;
}

static void fail(struct connection *c) {
    connection_close(c);
    load.failed++;
}

static inline void deliver(struct connection *c, const char *payload) {
    struct run *run = &load.run;
    if (memcmp(payload + STAMP, load.padding, run->payload - STAMP)) {
        run->garbled++;
        return;
    }
    uint32_t sequence = stamp_sequence(payload);
    uint64_t due = stamp_due(payload);
    if (!run->active || sequence < run->base) {
        run->stale++;
        return;
    }
    if (sequence >= run->next) {
        run->garbled++;
        return;
    }
    if (sequence == c->expected) {
        c->expected++;
    } else if (sequence > c->expected) {
        c->missing += sequence - c->expected;
        c->expected = sequence + 1;
    } else if (c->missing) {
        c->missing--;
        run->reordered++;
    } else {
        run->duplicated++;
        return;
    }
    run->received++;
    uint64_t latency = load.now - due;
    if (load.now < due) {
        run->negative++;
        latency = 0;
    }
    histogram_add(&run->each, latency);
    uint32_t *left = &load.pending[sequence & (PENDING - 1)];
    if (!--*left) {
        *left = load.rearm;
        run->completed++;
        run->finished_at = load.now;
        histogram_add(&run->last, latency);
    }
}

static void packet(struct connection *c, const char *text, size_t length) {
    if (text[0] == '2' && length == 1) {
        load.run.pings++;
        send_frame(c, 1, "3", 1);
    } else if (text[0] == '0' && c->state == OPENING) {
        c->state = JOINING;
        if (load.msgpack)
            send_frame(c, 2, PACKED_CONNECT, sizeof PACKED_CONNECT - 1);
        else
            send_frame(c, 1, "40", 2);
    } else if (length > 1 && text[0] == '4' && text[1] == '0' && c->state == JOINING) {
        c->state = READY;
        load.ready++;
    } else if (length > 1 && text[0] == '4' && text[1] == '3' && c->echoes) {
        echo_acked(c, text + 2, length - 2);
    } else if (length > 1 && text[0] == '4' && text[1] == '5' && !c->attachment) {
        c->attachment = true;
    } else if (text[0] == '1' || (length > 1 && text[0] == '4' && strchr("14", text[1]))) {
        fail(c);
    } else if (text[0] != '6') {
        load.run.garbled++;
    }
}

static inline void packed(struct connection *c, const char *body, size_t length) {
    struct run *run = &load.run;
    if (c->state == JOINING && length > sizeof PACKED_REPLY &&
        !memcmp(body, PACKED_REPLY, sizeof PACKED_REPLY - 1)) {
        c->state = READY;
        load.ready++;
    } else if (length == run->packed_length + run->payload &&
               !memcmp(body, run->packed, run->packed_length)) {
        deliver(c, body + run->packed_length);
    } else {
        run->garbled++;
    }
}

static inline void message(struct connection *c, int opcode, const char *body, size_t length) {
    if (opcode == 1 && length == load.run.text_length && !memcmp(body, PREFIX, sizeof PREFIX - 1) &&
        !memcmp(body + length - 2, "\"]", 2)) {
        deliver(c, body + sizeof PREFIX - 1);
    } else if (opcode == 1 && length) {
        packet(c, body, length);
    } else if (opcode == 2 && c->attachment && length == load.run.payload) {
        c->attachment = false;
        deliver(c, body);
    } else if (opcode == 2 && load.msgpack) {
        packed(c, body, length);
    } else if (opcode == 9) {
        send_frame(c, 10, body, length);
    } else if (opcode == 8) {
        fail(c);
    } else if (opcode != 10) {
        load.run.garbled++;
    }
}

static size_t upgrade(struct connection *c, char *data, size_t length) {
    data[length] = 0;
    char *end = strstr(data, "\r\n\r\n");
    if (!end) return 0;
    *end = 0;
    if (strncmp(data, "HTTP/1.1 101", 12) || !strstr(data, ACCEPT)) {
        fprintf(stderr, "refused: %.300s\n", data);
        fail(c);
        return length;
    }
    upgraded(c);
    return (size_t)(end + 4 - data);
}

/* The number of bytes taken; the rest is an incomplete frame. */
static size_t frames(struct connection *c, const char *data, size_t length) {
    const unsigned char *p = (const unsigned char *)data, *end = p + length;
    while (end - p >= 2 && c->state != CLOSED) {
        size_t size = p[1], head = 2;
        if (size == 126) {
            if (end - p < 4) break;
            size = (size_t)p[2] << 8 | p[3];
            head = 4;
        } else if (size > 126) { /* masked, or too long for any message of ours */
            fprintf(stderr, "bad frame length byte %zu\n", size);
            fail(c);
            break;
        }
        if ((size_t)(end - p) < head + size) break;
        if ((p[0] & 0xf0) != 0x80) {
            fprintf(stderr, "a fragmented or compressed frame\n");
            fail(c);
            break;
        }
        message(c, p[0] & 15, (const char *)p + head, size);
        p += head + size;
    }
    return (size_t)((const char *)p - data);
}

void receive(struct connection *c) {
    size_t length = c->rest_length, taken = 0;
    if (length) memcpy(buffer, c->rest, length);
    ssize_t more = recv(c->fd, buffer + length, sizeof buffer - 1 - length, MSG_DONTWAIT);
    if (more < 0 && errno == EAGAIN) return;
    load.now = clock_ns();
    if (more <= 0) {
        fail(c);
        return;
    }
    length += (size_t)more;
    if (c->state == UPGRADING) taken = upgrade(c, buffer, length);
    if (c->state != CLOSED && c->state != UPGRADING)
        taken += frames(c, buffer + taken, length - taken);
    if (c->state == CLOSED) return;
    c->rest_length = (uint32_t)(length - taken);
    if (c->rest_length) {
        c->rest = realloc(c->rest, c->rest_length);
        memcpy(c->rest, buffer + taken, c->rest_length);
    }
    if (c->echoes && c->echoes->credit) echo_refill(c);
}
