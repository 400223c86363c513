/* Opens connections: TCP, the upgrade with a browser's headers, Engine.IO's open packet,
 * Socket.IO's CONNECT. A connection is ready when its CONNECT has been answered. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "load.h"

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

#define PORTS_PER_ADDRESS 16000

static int header_length;

/* What Chromium sends, with a cookie that brings it to the length asked for. The cookie differs
 * from one connection to the next, so that no server can keep the block once for all. */
static int request(char *to, size_t room, int port, int number) {
    int length = snprintf(
        to, room,
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
        "Host: 127.0.0.1:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        port);
    if (header_length > 0) {
        length += snprintf(
            to + length, room - (size_t)length,
            "Pragma: no-cache\r\nCache-Control: no-cache\r\nOrigin: http://127.0.0.1:%d\r\n"
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/140.0.0.0 Safari/537.36\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
            "Accept-Language: en-GB,en;q=0.9\r\n"
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n",
            port);
        length += snprintf(to + length, room - (size_t)length, "Cookie: visit=%08d", number);
        while (length < header_length - 4 && (size_t)length < room - 5) to[length++] = 'c';
        length += snprintf(to + length, room - (size_t)length, "\r\n");
    }
    return length + snprintf(to + length, room - (size_t)length, "\r\n");
}

/* Several source addresses, since one has only some 28,000 ports. On loopback connect returns at
 * once as long as fewer connections wait than the server's backlog: `window` sees to it. */
static int open_socket(int port, int number) {
    struct sockaddr_in from = {.sin_family = AF_INET}, to = from;
    struct timeval patience = {.tv_sec = 5};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(number / PORTS_PER_ADDRESS));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons((uint16_t)port);
    if (fd < 0) return -1;
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (bind(fd, (struct sockaddr *)&from, sizeof from) ||
        connect(fd, (struct sockaddr *)&to, sizeof to)) {
        close(fd);
        return -1;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static bool open_connection(struct connection *c, int port, int number) {
    char head[8192];
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    memset(c, 0, sizeof *c);
    if ((c->fd = open_socket(port, number)) < 0) return false;
    c->state = UPGRADING;
    epoll_ctl(load.epoll, EPOLL_CTL_ADD, c->fd, &event);
    send_bytes(c, head, (size_t)request(head, sizeof head, port, number));
    return true;
}

void upgraded(struct connection *c) { c->state = OPENING; }

/* Adds `count` connections; returns how many are ready in all. */
int connect_all(int port, int count, int window, int header_bytes, double seconds) {
    int goal = load.count + count;
    uint64_t end = clock_ns() + (uint64_t)(seconds * 1e9);
    header_length = header_bytes;
    while (load.ready + load.failed < goal && (load.now = clock_ns()) < end) {
        while (load.count < goal && load.count - load.ready - load.failed < window) {
            struct connection *c = &load.connections[load.count];
            if (!open_connection(c, port, load.count)) load.failed++;
            load.count++;
        }
        poll_until(clock_ns() + 10000000);
        if (load.failed > 100) break;
    }
    return load.ready;
}

void close_all(void) {
    for (int i = 0; i < load.count; i++)
        if (load.connections[i].state != CLOSED) connection_close(&load.connections[i]);
    load.count = load.ready = load.failed = 0;
    load.urgent = NULL;
}
