/* The load generator's state: one process, one thread, one epoll, one run at a time. */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "histogram.h"
#include "stamp.h"

enum state { CLOSED, UPGRADING, OPENING, JOINING, READY };

/* Events of one client that wait for their acknowledgement; slot i holds the moment at which
 * event `id` (i = id % slots) was due, 0 when it is free. */
struct echoes {
    uint64_t *due;
    uint32_t slots, next, waiting, credit;
};

struct connection {
    int fd;
    uint8_t state;
    bool attachment; /* a binary event's text has come, its attachment has not */
    uint32_t expected, missing;
    char *rest; /* an incomplete frame */
    uint32_t rest_length, out_length;
    char *out; /* what the kernel has refused */
    struct echoes *echoes;
};

#define PACKED_HEAD 40

/* One run: what was sent, what came, and what makes it void. */
struct run {
    bool active;
    uint32_t base, next;      /* sequence numbers of this run: base <= n < next */
    uint32_t recipients;      /* how many connections each broadcast goes to */
    uint32_t text_length;     /* the exact length of a good text message */
    uint32_t payload;         /* bytes of payload */
    char packed[PACKED_HEAD]; /* what precedes the payload in msgpack */
    uint32_t packed_length;
    uint64_t received, completed, finished_at, lag;
    uint64_t reordered, duplicated, negative, stale, garbled, closed;
    uint64_t events, acks, unmatched; /* acknowledged events */
    uint64_t pings;
    struct histogram each, last, echo;
};

#define PENDING (1u << 16) /* broadcasts that may be under way at once */

#define PAYLOAD_MOST 60000

struct load {
    int epoll, count, ready, failed;
    bool msgpack; /* what the connections speak */
    bool spin; /* poll without sleeping, so that no server pays for waking us */
    bool ended; /* stdin was closed */
    uint64_t now, idle;
    struct connection *connections, *urgent; /* urgent: read at least every 50 us */
    uint32_t pending[PENDING], rearm;
    char padding[PAYLOAD_MOST]; /* what follows a payload's stamp: x, x, x … */
    void (*due)(void); /* called with a fresh load.now, after every read */
    struct run run;
};

extern struct load load;

/* receiver.c */
long option(const char *line, const char *name, long fallback);
void poll_until(uint64_t until);

/* connect.c */
int connect_all(int port, int count, int window, int header_bytes, double seconds);
void upgraded(struct connection *c);
void close_all(void);

/* receive.c */
void receive(struct connection *c);
void connection_close(struct connection *c);

/* send.c */
void send_bytes(struct connection *c, const char *bytes, size_t length);
void send_frame(struct connection *c, int opcode, const char *payload, size_t length);
size_t frame_put(char *to, int opcode, const char *payload, size_t length);
void send_rest(struct connection *c);

/* broadcast.c, echo.c, selftest.c */
void run_begin(uint32_t payload);
size_t packed_head(char *to, const char *event, size_t payload);
void run_print(const char *kind, uint64_t started);
void broadcast(const char *line);
void echo(const char *line);
struct echoes *echoes_new(uint32_t slots);
void echoes_free(struct connection *c);
size_t echo_put(struct connection *c, char *to, uint64_t due);
void echo_acked(struct connection *c, const char *text, size_t length);
void echo_refill(struct connection *c);
int selftest(int argc, char **argv);

#endif
