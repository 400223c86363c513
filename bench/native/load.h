/* The load generator's state: one process, one thread, one epoll, one run at a time. */
#ifndef LOAD_H
#define LOAD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "histogram.h"
#include "shared.h"
#include "stamp.h"

#define CONNECTIONS_MOST 60000
#define PAYLOAD_LEAST 32
#define PAYLOAD_MOST 60000
#define AROUND_MOST 4096          /* bytes of a message beside its payload */
#define MESSAGE_MOST (1u << 20)   /* of any message that is received */
#define UNSENT_MOST (64u << 20)   /* bytes that the kernel has refused, of one connection */
#define FAILURES_MOST 100         /* after which connecting is given up */

enum opcode { CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

enum state { CLOSED, UPGRADING, OPENING, JOINING, ENTERING, READY, HTTP };

struct bytes {
    char *data;
    uint32_t length;
};

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } to;
    socklen_t length; /* 0: none */
};

/* Events of one client that wait for their acknowledgement; slot i holds the moment at which
 * event `id` (i = id % slots) was due, 0 when it is free. */
struct echoes {
    uint64_t *due;
    uint32_t slots, next, credit;
};

struct connection {
    int fd;
    uint8_t state;
    uint8_t part_opcode; /* of the fragmented message that has begun, or 0 */
    bool announced;      /* a binary event's text has come, its attachment has not */
    uint32_t number;     /* over all processes */
    uint32_t expected;   /* the next sequence number */
    uint64_t missing;    /* bit i: the one i + 1 before it has not come */
    uint64_t due;        /* the moment from which its handshake counts */
    char *rest;          /* an incomplete frame */
    char *out;           /* what the kernel has refused */
    char *part;          /* the fragments so far */
    uint32_t rest_length, out_length, part_length;
    struct echoes *echoes;
};

/* What a good message looks like: `head`, a stamp, `tail`, always at the same offsets. */
struct pattern {
    int first; /* the frame's first byte; -1: no frame matches */
    uint32_t length;
    struct bytes head, tail;
};

/* How the server is spoken to (setup), and how a message looks (form). Bytes come from outside. */
struct dialect {
    struct address address, http;
    int opcode, message_opcode;
    bool attachment, search;
    struct bytes request, hello, welcome, refusal, enter, entered;
    struct bytes publish_head, publish_tail, message_head, message_tail;
    struct bytes http_head, http_tail;
    struct bytes echo_head, echo_middle, echo_tail, ack_head, ack_middle, ack_tail;
};

/* One run: what was sent, what came, and what makes it void. */
struct run {
    bool active, overrun;
    bool others_only;    /* the publisher gets none of its own */
    uint32_t base;       /* the first sequence number of this run */
    uint32_t rooms;      /* number n goes to room n % rooms */
    uint32_t recipients; /* how many connections each broadcast goes to, over all processes */
    uint32_t payload;
    uint64_t begun, start, finished_at, lag, late, cpu, idle;
    uint64_t scheduled; /* the end of the schedule; 0 where there is none */
    uint64_t sent, received, completed;
    uint64_t reordered, duplicated, negative, stale, garbled, foreign, refused, closed;
    uint64_t events, acks, unmatched, pings;
    struct pattern pattern;
    struct histogram delivery, first, median, last, echo, connect;
    struct histogram second, *whole; /* what a second has found is added to the whole */
};

struct load {
    int epoll, count, ready, opening, failed;
    uint32_t rooms;     /* a connection's room is its number % rooms */
    bool spin;          /* poll without sleeping, so that no server pays for waking us */
    bool ended;         /* stdin was closed, or `quit` */
    bool stopped;       /* `stop`: the run ends at once */
    uint64_t now;
    struct connection *connections;
    struct connection *publisher, *urgent; /* urgent: read at least every 50 us */
    struct shared *shared;
    bool alone;         /* no other process counts in `shared` */
    void (*due)(void);  /* called with a fresh load.now, after every read */
    char padding[PAYLOAD_MOST]; /* what follows a payload's stamp: x, x, x … */
    char reason[512];   /* the first failure since the command began */
    struct dialect dialect;
    struct run run;
};

extern struct load load;

/* receiver.c */
void poll_until(uint64_t until);
bool halted(void);

/* command.c */
bool command_read(void);
char *command_next(void);
bool command_is(const char *line, const char *name);
bool refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool refused(void);
const char *refusal_taken(void);
bool given(const char *line, const char *name);
int64_t number(const char *line, const char *name, int64_t fallback);
bool bytes(const char *line, const char *name, struct bytes *to);

/* dialect.c */
bool setup(const char *line);
bool form(const char *line);
bool echo_form(const char *line);
void pattern_make(struct pattern *to, uint32_t payload);
size_t numbered(char *to, const struct bytes *from, uint32_t value);
bool begins(const char *body, size_t length, const struct bytes *with);

/* connect.c */
int socket_open(const struct address *address, uint32_t number);
const char *words(int error);
bool connect_many(const char *line);
void connection_close(struct connection *c);
void fail(struct connection *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void close_all(bool politely);

/* receive.c, judge.h, packet.c */
void receive(struct connection *c);
size_t upgrade(struct connection *c, char *data, size_t length);
void message(struct connection *c, int opcode, const char *body, size_t length);
const char *gone(const struct connection *c);
void searched(struct connection *c, const char *body, size_t length);

/* send.c */
void send_bytes(struct connection *c, const char *bytes, size_t length);
void send_frame(struct connection *c, int opcode, const char *payload, size_t length);
size_t frame_put(char *to, int opcode, const char *payload, size_t length);
void send_rest(struct connection *c);

/* broadcast.c, echo.c, trigger.c */
bool broadcast(const char *line);
bool echo(const char *line);
struct echoes *echoes_new(uint32_t slots);
void echoes_free(struct connection *c);
size_t echo_put(struct connection *c, char *to, uint64_t due);
void echo_acked(struct connection *c, const char *text, size_t length);
void echo_refill(struct connection *c);
void trigger_add(uint32_t sequence, uint64_t due);
void trigger_send(void);
bool trigger_idle(void);
bool trigger_busy(const struct connection *c);
size_t trigger_answered(struct connection *c, char *data, size_t length);
void trigger_closed(struct connection *c);
void trigger_close(void);

/* run.c */
void run_begin(uint32_t payload, uint32_t rooms);
void run_ticks(struct histogram *whole, const uint64_t *sent, const uint64_t *received);
void run_start(uint64_t at);
void leave_at(uint64_t due);
uint64_t tick_at(void);
void tick_due(void);
void run_end(const char *kind);
void run_counts(void);
void run_histogram(const char *name, const struct histogram *h);
void answer_end(void);
void text_print(const char *text);

int selftest(int argc, char **argv);

#endif
