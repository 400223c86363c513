/* Client frames: masked with a fixed key (never zero, which some servers might treat apart).
 * What the kernel refuses is kept and sent when the socket has room. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "load.h"

#define HEAD_MOST 14

static const unsigned char KEY[4] = {0x37, 0xfa, 0x21, 0x3d};

size_t frame_put(char *to, int opcode, const char *payload, size_t length) {
    size_t at = 2;
    to[0] = (char)(0x80 | opcode);
    if (length < 126) {
        to[1] = (char)(0x80 | length);
    } else {
        int size = length < 65536 ? 2 : 8;
        to[1] = (char)(0x80 | (size == 2 ? 126 : 127));
        while (size--) to[at++] = (char)((uint64_t)length >> 8 * size);
    }
    memcpy(to + at, KEY, 4);
    at += 4;
    for (size_t i = 0; i < length; i++) to[at + i] = (char)(payload[i] ^ KEY[i & 3]);
    return at + length;
}

static void watch(struct connection *c, bool writable) {
    struct epoll_event event = {.events = EPOLLIN | (writable ? EPOLLOUT : 0), .data.ptr = c};
    epoll_ctl(load.epoll, EPOLL_CTL_MOD, c->fd, &event);
}

/* How much of it went. A connection that is ready shows that it is broken when it is read, since
 * there may be something to read still. */
static size_t sent_of(struct connection *c, const char *bytes, size_t length) {
    ssize_t sent = send(c->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && c->state != READY) fail(c, "%s", words(errno));
    return sent < 0 ? 0 : (size_t)sent;
}

void send_bytes(struct connection *c, const char *bytes, size_t length) {
    size_t sent = 0;
    if (c->state == CLOSED) return;
    if (!c->out_length) {
        sent = sent_of(c, bytes, length);
        if (sent == length || c->state == CLOSED) return;
        watch(c, true);
    }
    size_t more = length - sent;
    if (c->out_length + more > UNSENT_MOST) {
        fail(c, "the server doesn't read");
        return;
    }
    c->out = realloc(c->out, c->out_length + more);
    memcpy(c->out + c->out_length, bytes + sent, more);
    c->out_length += (uint32_t)more;
}

void send_rest(struct connection *c) {
    size_t sent = sent_of(c, c->out, c->out_length);
    if (!sent) return;
    c->out_length -= (uint32_t)sent;
    memmove(c->out, c->out + sent, c->out_length);
    if (!c->out_length) watch(c, false);
}

void send_frame(struct connection *c, int opcode, const char *payload, size_t length) {
    char fixed[HEAD_MOST + PAYLOAD_MOST + AROUND_MOST];
    char *frame = length + HEAD_MOST <= sizeof fixed ? fixed : malloc(length + HEAD_MOST);
    send_bytes(c, frame, frame_put(frame, opcode, payload, length));
    if (frame != fixed) free(frame);
}
