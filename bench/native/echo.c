/* Acknowledged events: `echo` with one argument, which the acknowledgement must bring back.
 * Closed: each client keeps a number of events under way; the acknowledgements of one read are
 * answered with as many new events in one write. Open: clients send in turn on a schedule, and
 * latency counts from the scheduled moment. */
#include <stdlib.h>
#include <string.h>

#include "load.h"

#define SLOTS_MOST 4096
#define SLOTS_OF_ALL (1u << 21)
#define FRAMES_MOST (1u << 17)
#define FRAME_MOST (PAYLOAD_MOST + AROUND_MOST)

static struct {
    uint64_t start, end, interval, payload; /* interval 0: closed */
    struct connection **clients;
    uint32_t count;
} plan = {.payload = 64};

struct echoes *echoes_new(uint32_t slots) {
    struct echoes *e = calloc(1, sizeof *e);
    e->due = calloc(slots, sizeof *e->due);
    e->slots = slots;
    return e;
}

void echoes_free(struct connection *c) {
    if (!c->echoes) return;
    free(c->echoes->due);
    free(c->echoes);
    c->echoes = NULL;
}

static size_t put(char *to, const struct bytes *from) {
    if (from->length) memcpy(to, from->data, from->length);
    return from->length;
}

/* The frame of the next event; 0 when every slot is taken, which counts as a lost event. */
size_t echo_put(struct connection *c, char *to, uint64_t due) {
    static char text[FRAME_MOST + 16];
    struct dialect *d = &load.dialect;
    struct echoes *e = c->echoes;
    uint32_t id = e->next++;
    load.run.events++;
    if (e->due[id % e->slots]) {
        load.run.overrun = true;
        return 0;
    }
    e->due[id % e->slots] = due;
    size_t at = put(text, &d->echo_head);
    at += (size_t)sprintf(text + at, "%u", id);
    at += put(text + at, &d->echo_middle);
    stamp_put(text + at, id, due);
    memset(text + at + MARK_LENGTH + STAMP, 'x', plan.payload - MARK_LENGTH - STAMP);
    at += plan.payload;
    at += put(text + at, &d->echo_tail);
    return frame_put(to, TEXT, text, at);
}

/* Whether this is what follows the id in the acknowledgement of event `id`. */
static bool matches(const char *text, size_t length, uint32_t id, uint64_t due) {
    struct dialect *d = &load.dialect;
    const char *stamp = text + d->ack_middle.length + MARK_LENGTH;
    return length == d->ack_middle.length + plan.payload + d->ack_tail.length &&
           begins(text, length, &d->ack_middle) && !memcmp(stamp - MARK_LENGTH, MARK, MARK_LENGTH) &&
           stamp_sequence(stamp) == id && stamp_due(stamp) == due &&
           !memcmp(stamp + STAMP, load.padding, plan.payload - MARK_LENGTH - STAMP) &&
           begins(text + length - d->ack_tail.length, d->ack_tail.length, &d->ack_tail);
}

/* `text` is what follows the acknowledgement's head: the id, the middle, the payload, the tail. */
void echo_acked(struct connection *c, const char *text, size_t length) {
    struct echoes *e = c->echoes;
    struct run *run = &load.run;
    uint32_t id = 0;
    size_t at = 0;
    while (at < length && text[at] >= '0' && text[at] <= '9')
        id = id * 10 + (uint32_t)(text[at++] - '0');
    uint64_t *due = &e->due[id % e->slots];
    if (!*due || !matches(text + at, length - at, id, *due)) {
        run->unmatched++;
        return;
    }
    if (load.now < *due) run->negative++;
    histogram_add(c == load.urgent ? &run->echo : &run->second,
                  load.now < *due ? 0 : load.now - *due);
    *due = 0;
    e->credit++;
    run->acks++;
    run->finished_at = load.now;
}

void echo_refill(struct connection *c) {
    static char frames[FRAMES_MOST];
    struct echoes *e = c->echoes;
    size_t length = 0;
    if (plan.interval || c == load.urgent) return;
    for (; e->credit && load.now < plan.end && length + FRAME_MOST + 32 < sizeof frames; e->credit--)
        length += echo_put(c, frames + length, load.now);
    if (length) send_bytes(c, frames, length);
}

/* What the schedule says should have left by now leaves now. */
static void due(void) {
    static char frame[FRAME_MOST + 32];
    for (uint64_t at; (at = plan.start + load.run.events * plan.interval) < plan.end;) {
        struct connection *c = plan.clients[load.run.events % plan.count];
        if (load.now < at || load.run.overrun || !c->echoes) break;
        leave_at(at);
        size_t length = echo_put(c, frame, at);
        if (length) send_bytes(c, frame, length);
    }
}

static uint64_t next_due(void) {
    uint64_t at = plan.start + load.run.events * plan.interval;
    return plan.interval && at < plan.end && at >= load.now ? at : load.now + 10000000;
}

static void choose_clients(uint32_t wanted, uint32_t pipeline) {
    plan.clients = calloc(wanted ? wanted : 1, sizeof *plan.clients);
    plan.count = 0;
    for (int i = 0; i < load.count && plan.count < wanted; i++)
        if (load.connections[i].state == READY) plan.clients[plan.count++] = &load.connections[i];
    uint32_t open = plan.count ? SLOTS_OF_ALL / plan.count : 1;
    if (open > SLOTS_MOST) open = SLOTS_MOST;
    /* More than are under way at once, for servers that answer out of order. */
    uint32_t room = plan.interval || pipeline * 64 > open ? open : pipeline * 64;
    if (room < pipeline) room = pipeline;
    for (uint32_t i = 0; i < plan.count; i++) {
        plan.clients[i]->echoes = echoes_new(room);
        plan.clients[i]->echoes->credit = pipeline;
    }
}

bool echo(const char *line) {
    uint32_t clients = (uint32_t)number(line, "clients", 100);
    uint32_t pipeline = (uint32_t)number(line, "pipeline", 16);
    uint64_t length = (uint64_t)number(line, "ms", 1000) * 1000000u;
    uint64_t drain = (uint64_t)number(line, "drain_ms", 5000) * 1000000u;
    plan.payload = (uint64_t)number(line, "payload", 64);
    plan.interval = (uint64_t)number(line, "interval_ns", 0);
    if (!echo_form(line) || refused()) return false;
    if (!load.dialect.echo_head.length) return refuse("echo_head is missing");
    if (plan.payload < PAYLOAD_LEAST || plan.payload > PAYLOAD_MOST || !pipeline)
        return refuse("payload or pipeline is out of bounds");
    run_begin((uint32_t)plan.payload, 1);
    run_ticks(&load.run.echo, &load.run.events, &load.run.acks);
    choose_clients(clients, pipeline);
    load.run.active = true;
    plan.start = load.now = clock_ns();
    plan.end = plan.start + length;
    if (plan.interval) load.run.scheduled = plan.end;
    run_start(plan.start);
    for (uint32_t i = 0; i < plan.count && !plan.interval; i++) echo_refill(plan.clients[i]);
    if (plan.interval && plan.count) load.due = due;
    while (load.now < plan.end + drain && !load.run.closed && !load.run.overrun && !halted() &&
           (load.now < plan.end || load.run.acks < load.run.events))
        poll_until(next_due());
    load.due = NULL;
    plan.end = 0;
    for (uint32_t i = 0; i < plan.count; i++) echoes_free(plan.clients[i]);
    free(plan.clients);
    run_end("echo");
    run_counts();
    return true;
}
