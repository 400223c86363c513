/* Broadcasts: connection 0 sends `pub`, every connection receives `msg`.
 * Closed: the next one leaves when all have the last. Open: they leave on a schedule, and latency
 * counts from the scheduled moment. `probe` adds one client (connection 1) that sends acknowledged
 * events on a schedule of its own. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "load.h"

#define TEXT_HEAD "42[\"pub\",\""
#define BINARY_HEAD "451-[\"pub\",{\"_placeholder\":true,\"num\":0}]"

static struct {
    uint64_t start, interval, count, sent; /* of broadcasts; interval 0: closed */
    uint64_t probe_interval, probe_sent, probe_end;
    uint64_t cpu;
    size_t payload;
    bool binary, overrun;
} plan;

static uint64_t cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* An event of one text argument in msgpack, up to that text; keys in the gateway's order. */
size_t packed_head(char *to, const char *event, size_t payload) {
    static const char HEAD[] = "\x83\xa4type\x02\xa3nsp\xa1/\xa4" "data\x92";
    size_t at = sizeof HEAD - 1, name = strlen(event);
    memcpy(to, HEAD, at);
    to[at++] = (char)(0xa0 | name);
    memcpy(to + at, event, name);
    at += name;
    if (payload < 32) {
        to[at++] = (char)(0xa0 | payload);
    } else if (payload < 256) {
        to[at++] = (char)0xd9;
        to[at++] = (char)payload;
    } else {
        to[at++] = (char)0xda;
        to[at++] = (char)(payload >> 8);
        to[at++] = (char)payload;
    }
    return at;
}

void run_begin(uint32_t payload) {
    struct run *run = &load.run;
    uint32_t next = run->next;
    memset(run, 0, sizeof *run);
    run->base = run->next = next;
    run->recipients = (uint32_t)load.ready;
    run->payload = payload;
    run->text_length = (uint32_t)(strlen(TEXT_HEAD) + payload + 2);
    run->packed_length = (uint32_t)packed_head(run->packed, "msg", payload);
    run->active = true;
    for (int i = 0; i < load.count; i++) {
        load.connections[i].expected = next;
        load.connections[i].missing = 0;
        load.connections[i].attachment = false;
    }
    memset(load.pending, 0, sizeof load.pending);
    load.idle = 0;
    plan.cpu = cpu_ns();
}

void run_print(const char *kind, uint64_t started) {
    struct run *r = &load.run;
    uint64_t wall = (r->finished_at > started ? r->finished_at : load.now) - started;
    uint64_t sent = r->next - r->base;
    printf("{\"kind\":\"%s\",\"sent\":%lu,\"recipients\":%u,\"received\":%lu,\"completed\":%lu,"
           "\"lost\":%ld,\"reordered\":%lu,\"duplicated\":%lu,\"negative\":%lu,\"stale\":%lu,"
           "\"garbled\":%lu,\"closed\":%lu,\"overrun\":%s,\"events\":%lu,\"acks\":%lu,"
           "\"unmatched\":%lu,\"pings\":%lu,\"seconds\":%.6f,\"publish_lag_ns\":%lu,"
           "\"idle_seconds\":%.6f,\"load_cpu_seconds\":%.6f,\"each\":",
           kind, sent, r->recipients, r->received, r->completed,
           (long)(sent * r->recipients) - (long)r->received, r->reordered, r->duplicated,
           r->negative, r->stale, r->garbled, r->closed, plan.overrun ? "true" : "false",
           r->events, r->acks, r->unmatched, r->pings, (double)wall / 1e9, r->lag,
           (double)load.idle / 1e9, (double)(cpu_ns() - plan.cpu) / 1e9);
    histogram_print(&r->each, stdout);
    printf(",\"last\":");
    histogram_print(&r->last, stdout);
    printf(",\"echo\":");
    histogram_print(&r->echo, stdout);
    printf("}\n");
    fflush(stdout);
    r->active = false;
}

static void publish(uint64_t due) {
    char payload[65536], text[65536 + 64];
    struct connection *c = &load.connections[0];
    uint32_t sequence = load.run.next, *pending = &load.pending[sequence & (PENDING - 1)];
    if (*pending) { /* too far behind to account for more */
        plan.overrun = true;
        return;
    }
    *pending = load.run.recipients;
    load.run.next++;
    plan.sent++;
    memset(payload, 'x', plan.payload);
    stamp_put(payload, sequence, due);
    if (load.msgpack) {
        size_t head = packed_head(text, "pub", plan.payload);
        memcpy(text + head, payload, plan.payload);
        send_frame(c, 2, text, head + plan.payload);
        return;
    }
    if (plan.binary) {
        send_frame(c, 1, BINARY_HEAD, strlen(BINARY_HEAD));
        send_frame(c, 2, payload, plan.payload);
        return;
    }
    size_t head = strlen(TEXT_HEAD);
    memcpy(text, TEXT_HEAD, head);
    memcpy(text + head, payload, plan.payload);
    memcpy(text + head + plan.payload, "\"]", 2);
    send_frame(c, 1, text, head + plan.payload + 2);
}

static void probe(void) {
    char frame[128];
    struct connection *c = load.urgent;
    uint64_t due = plan.start + plan.probe_sent * plan.probe_interval;
    if (load.now < due || due >= plan.probe_end) return;
    plan.probe_sent++;
    size_t length = echo_put(c, frame, due);
    if (length) send_bytes(c, frame, length);
}

/* What the schedule says should have left by now leaves now. */
static void due(void) {
    while (plan.interval && plan.sent < plan.count && !plan.overrun) {
        uint64_t at = plan.start + plan.sent * plan.interval;
        if (load.now < at) break;
        if (load.now - at > load.run.lag) load.run.lag = load.now - at;
        publish(at);
    }
    if (plan.probe_interval) probe();
}

static bool all_arrived(void) {
    return load.run.completed == plan.sent &&
           (!plan.probe_interval || load.run.acks >= load.run.events);
}

void broadcast(const char *line) {
    long rate = option(line, "rate", 0), probe_rate = option(line, "probe", 0);
    uint64_t length = (uint64_t)option(line, "ms", 1000) * 1000000u;
    uint64_t drain = (uint64_t)option(line, "drain", 5) * 1000000000u;
    long count = option(line, "count", 0), payload = option(line, "payload", 64);
    memset(&plan, 0, sizeof plan);
    plan.binary = option(line, "binary", 0);
    plan.payload = (size_t)(payload < STAMP ? STAMP : payload > PAYLOAD_MOST ? PAYLOAD_MOST : payload);
    run_begin((uint32_t)plan.payload);
    plan.interval = rate ? 1000000000u / (uint64_t)rate : 0;
    plan.count = rate ? (count ? (uint64_t)count : length / plan.interval) : 0;
    if (probe_rate) {
        plan.probe_interval = 1000000000u / (uint64_t)probe_rate;
        load.urgent = &load.connections[1];
        load.urgent->echoes = echoes_new(4096);
    }
    uint64_t start = plan.start = load.now = clock_ns(), end = start + length;
    uint64_t latest = end + drain;
    plan.probe_end = end;
    load.due = due;
    if (plan.interval) {
        while (load.now < latest && !plan.overrun && !load.run.closed &&
               (plan.sent < plan.count || load.now < end || !all_arrived())) {
            uint64_t next = plan.sent < plan.count ? start + plan.sent * plan.interval : end;
            uint64_t soon = plan.start + plan.probe_sent * plan.probe_interval;
            if (plan.probe_interval && soon < plan.probe_end && soon < next) next = soon;
            poll_until(next > load.now ? next : load.now + 1000000);
        }
    } else {
        for (long i = 0; (!count || i < count) && (i == 0 || load.now < end); i++) {
            publish(load.now = clock_ns());
            while (!all_arrived() && load.now < latest && !load.run.closed)
                poll_until(load.now + 10000000);
            if (!all_arrived()) break;
        }
    }
    load.due = NULL;
    run_print("broadcast", start);
    if (load.urgent) echoes_free(load.urgent);
    load.urgent = NULL;
}
