/* A run's beginning, its ticks, and its answer: lines of JSON. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "load.h"

#define SECOND 1000000000u
#define LATE 10000000u /* ns: what leaves later than that shows in latencies as the server's */

/* The seconds of the run that goes on; a tick tells by how much two counters have grown. */
static struct {
    const uint64_t *sent, *received;
    uint64_t second, sent_before, received_before;
} ticks;

static uint64_t cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

void run_begin(uint32_t payload, uint32_t rooms) {
    struct run *run = &load.run;
    struct pattern pattern = run->pattern;
    memset(run, 0, sizeof *run);
    memset(&ticks, 0, sizeof ticks);
    load.failed = 0;
    load.reason[0] = 0;
    run->pattern = pattern;
    run->payload = payload;
    run->rooms = rooms ? rooms : 1;
    run->base = SHARED_GET(next);
    pattern_make(&run->pattern, payload);
    for (int i = 0; i < load.count; i++) {
        struct connection *c = &load.connections[i];
        uint32_t room = c->number % run->rooms, next = run->base % run->rooms;
        c->expected = run->base + (room + run->rooms - next) % run->rooms;
        c->missing = 0;
        c->announced = false;
    }
    run->cpu = cpu_ns();
    run->begun = load.now = clock_ns();
}

void run_ticks(struct histogram *whole, const uint64_t *sent, const uint64_t *received) {
    load.run.whole = whole;
    ticks.sent = sent;
    ticks.received = received;
}

void run_start(uint64_t at) { load.run.start = at; }

/* What was due then leaves now. */
void leave_at(uint64_t due) {
    uint64_t lag = load.now - due;
    if (lag > load.run.lag) load.run.lag = lag;
    load.run.late += lag > LATE;
}

/* The end of the running second; far away where none runs. */
uint64_t tick_at(void) {
    return load.run.start ? load.run.start + (ticks.second + 1) * SECOND : UINT64_MAX;
}

static void tick(void) {
    struct run *run = &load.run;
    printf("{\"kind\":\"tick\",\"second\":%lu,\"sent\":%lu,\"received\":%lu,\"connected\":%d",
           ticks.second, *ticks.sent - ticks.sent_before, *ticks.received - ticks.received_before,
           load.ready);
    run_histogram("latency", &run->second);
    answer_end();
    histogram_move(run->whole, &run->second);
    ticks.sent_before = *ticks.sent;
    ticks.received_before = *ticks.received;
}

void tick_due(void) {
    if (load.now < tick_at()) return;
    tick();
    ticks.second = (load.now - load.run.start) / SECOND;
}

/* UTF-8 beyond ASCII as an escape; what is no UTF-8, or no text, as a question mark. */
static const unsigned char *letter_print(const unsigned char *p) {
    uint32_t letter = 0;
    if ((*p & 0xe0) == 0xc0 && (p[1] & 0xc0) == 0x80) {
        letter = (*p & 31u) << 6 | (p[1] & 63u);
        p += 1;
    } else if ((*p & 0xf0) == 0xe0 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80) {
        letter = (*p & 15u) << 12 | (p[1] & 63u) << 6 | (p[2] & 63u);
        p += 2;
    }
    if (letter < 0x80 || (letter >= 0xd800 && letter < 0xe000))
        putchar('?');
    else
        printf("\\u%04x", letter);
    return p + 1;
}

void text_print(const char *text) {
    const unsigned char *p = (const unsigned char *)text;
    putchar('"');
    while (*p) {
        if (*p >= 0x7f || *p < ' ') {
            p = letter_print(p);
            continue;
        }
        if (*p == '"' || *p == '\\') putchar('\\');
        putchar(*p++);
    }
    putchar('"');
}

void run_histogram(const char *name, const struct histogram *h) {
    printf(",\"%s\":", name);
    histogram_print(h, stdout);
}

void run_counts(void) {
    struct run *r = &load.run;
    printf(",\"sent\":%lu,\"recipients\":%d,\"received\":%lu,\"completed\":%lu,"
           "\"reordered\":%lu,\"duplicated\":%lu,\"negative\":%lu,\"garbled\":%lu,\"foreign\":%lu,"
           "\"refused\":%lu,\"closed\":%lu,\"overrun\":%s,\"events\":%lu,\"acks\":%lu,"
           "\"unmatched\":%lu",
           r->sent, load.ready, r->received, r->completed, r->reordered, r->duplicated,
           r->negative, r->garbled, r->foreign, r->refused, r->closed,
           r->overrun ? "true" : "false", r->events, r->acks, r->unmatched);
    run_histogram("delivery", &r->delivery);
    run_histogram("first", &r->first);
    run_histogram("median", &r->median);
    run_histogram("last", &r->last);
    run_histogram("echo", &r->echo);
}

/* Prints the last tick, and the answer as far as all kinds have it; the caller goes on. */
void run_end(const char *kind) {
    struct run *r = &load.run;
    uint64_t start = r->start ? r->start : r->begun;
    uint64_t end = r->finished_at > start ? r->finished_at : load.now;
    uint64_t scheduled = r->scheduled < load.now ? r->scheduled : load.now;
    if (end < scheduled) end = scheduled;
    bool more = ticks.sent && (*ticks.sent != ticks.sent_before ||
                               *ticks.received != ticks.received_before);
    if (r->start && more) tick();
    if (r->whole) histogram_move(r->whole, &r->second);
    r->active = false;
    r->start = 0;
    printf("{\"kind\":\"%s\",\"ready\":%d,\"failed\":%d,\"reason\":", kind, load.ready, load.failed);
    text_print(load.reason);
    printf(",\"seconds\":%.6f,\"pings\":%lu,\"stale\":%lu,\"publish_lag_ns\":%lu,\"late\":%lu,"
           "\"idle_seconds\":%.6f,\"cpu_seconds\":%.6f,\"stopped\":%s",
           (double)(end - start) / 1e9, r->pings, r->stale, r->lag, r->late,
           (double)r->idle / 1e9, (double)(cpu_ns() - r->cpu) / 1e9, load.stopped ? "true" : "false");
}

void answer_end(void) {
    printf("}\n");
    fflush(stdout);
}
