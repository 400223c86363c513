/* Client frames: masked with a fixed key (never zero, which some servers might treat apart).
 * What the kernel refuses is kept and sent when the socket has room. */
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "load.h"

static const unsigned char KEY[4] = {0x37, 0xfa, 0x21, 0x3d};

size_t frame_put(char *to, int opcode, const char *payload, size_t length) {
    size_t at = 2;
    to[0] = (char)(0x80 | opcode);
    if (length < 126) {
        to[1] = (char)(0x80 | length);
    } else {
        to[1] = (char)(0x80 | 126);
        to[2] = (char)(length >> 8);
        to[3] = (char)length;
        at = 4;
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

void send_bytes(struct connection *c, const char *bytes, size_t length) {
    ssize_t sent = 0;
    if (c->state == CLOSED) return;
    if (!c->out_length) {
        sent = send(c->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) sent = 0; /* a broken connection shows itself when it is read */
        if ((size_t)sent == length) return;
        watch(c, true);
    }
    size_t more = length - (size_t)sent;
    c->out = realloc(c->out, c->out_length + more);
    memcpy(c->out + c->out_length, bytes + sent, more);
    c->out_length += (uint32_t)more;
}

void send_rest(struct connection *c) {
    ssize_t sent = send(c->fd, c->out, c->out_length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent <= 0) return;
    c->out_length -= (uint32_t)sent;
    memmove(c->out, c->out + sent, c->out_length);
    if (!c->out_length) watch(c, false);
}

void send_frame(struct connection *c, int opcode, const char *payload, size_t length) {
    char frame[8 + 65536];
    if (length > 65535) abort();
    send_bytes(c, frame, frame_put(frame, opcode, payload, length));
}
