/* Acknowledged events: `echo` with one argument, which the acknowledgement must bring back.
 * Pipelined: each client keeps a window of events under way; the acknowledgements of one read are
 * answered with as many new events in one write. */
#include <stdlib.h>
#include <string.h>

#include "load.h"

static struct {
    uint64_t end;
    size_t payload;
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

/* The frame of the next event; 0 when every slot is taken, which counts as a lost event. */
size_t echo_put(struct connection *c, char *to, uint64_t due) {
    char text[65536 + 64];
    struct echoes *e = c->echoes;
    uint32_t id = e->next++;
    load.run.events++;
    if (e->due[id % e->slots]) return 0;
    e->due[id % e->slots] = due;
    e->waiting++;
    size_t head = (size_t)sprintf(text, "42%u[\"echo\",\"", id);
    memset(text + head, 'x', plan.payload);
    stamp_put(text + head, id, due);
    memcpy(text + head + plan.payload, "\"]", 2);
    return frame_put(to, 1, text, head + plan.payload + 2);
}

/* `text` is what follows 43: the id, then ["payload"]. */
void echo_acked(struct connection *c, const char *text, size_t length) {
    struct echoes *e = c->echoes;
    uint32_t id = 0;
    size_t at = 0;
    while (at < length && text[at] >= '0' && text[at] <= '9')
        id = id * 10 + (uint32_t)(text[at++] - '0');
    uint64_t *due = &e->due[id % e->slots];
    if (!*due || length != at + plan.payload + 4 || memcmp(text + at, "[\"", 2) ||
        stamp_sequence(text + at + 2) != id || stamp_due(text + at + 2) != *due) {
        load.run.unmatched++;
        return;
    }
    if (load.now < *due) load.run.negative++;
    histogram_add(&load.run.echo, load.now < *due ? 0 : load.now - *due);
    *due = 0;
    e->waiting--;
    e->credit++;
    load.run.acks++;
    load.run.finished_at = load.now;
}

void echo_refill(struct connection *c) {
    static char frames[1 << 17];
    struct echoes *e = c->echoes;
    size_t length = 0;
    for (; e->credit && load.now < plan.end && length < sizeof frames / 2; e->credit--)
        length += echo_put(c, frames + length, load.now);
    if (length) send_bytes(c, frames, length);
}

void echo(const char *line) {
    int clients = (int)option(line, "clients", 100);
    uint32_t window = (uint32_t)option(line, "window", 16);
    uint64_t length = (uint64_t)option(line, "ms", 1000) * 1000000u;
    uint64_t latest, started;
    if (clients > load.count) clients = load.count;
    run_begin(64);
    started = load.now = clock_ns();
    plan.end = started + length;
    latest = plan.end + (uint64_t)option(line, "drain", 5) * 1000000000u;
    for (int i = 0; i < clients; i++) {
        struct connection *c = &load.connections[i];
        if (c->state != READY) continue;
        c->echoes = echoes_new(window);
        c->echoes->credit = window;
        echo_refill(c);
    }
    while (load.now < latest && !load.run.closed &&
           (load.now < plan.end || load.run.acks < load.run.events))
        poll_until(load.now + 10000000);
    plan.end = 0;
    run_print("echo", started);
    for (int i = 0; i < clients; i++) echoes_free(&load.connections[i]);
}
