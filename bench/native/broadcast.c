/* Broadcasts: one connection of one process publishes, or an HTTP request does; the connections of
 * all processes receive. Closed: the next one leaves when all have the last. Open: they leave on a
 * schedule, and latency counts from the scheduled moment. A probe adds one client that sends
 * acknowledged events on a schedule of its own. */
#include <stdlib.h>
#include <string.h>

#include "load.h"

#define PROBES_MOST 4096 /* under way at once */

static struct {
    uint64_t start, end, interval, count; /* of broadcasts; interval 0: closed */
    uint64_t probe_interval, probes;
    uint64_t completed; /* by all processes before this run */
    uint32_t finished;  /* runs before this one */
} plan;

static void publish(uint64_t due) {
    static char text[AROUND_MOST + PAYLOAD_MOST];
    struct dialect *d = &load.dialect;
    uint32_t sequence = load.shared->next, payload = load.run.payload;
    uint32_t *left = &load.shared->left[sequence & (UNDER_WAY_MOST - 1)];
    if (__atomic_load_n(left, __ATOMIC_RELAXED)) { /* too far behind to account for more */
        load.run.overrun = true;
        return;
    }
    *left = load.run.recipients;
    SHARED_SET(next, sequence + 1);
    load.run.sent++;
    if (d->http.length) {
        trigger_add(sequence, due);
        return;
    }
    size_t head = numbered(text, &d->publish_head, sequence % load.run.rooms);
    if (d->attachment) {
        send_frame(load.publisher, TEXT, text, head);
        head = 0;
    }
    stamp_put(text + head, sequence, due);
    memset(text + head + MARK_LENGTH + STAMP, 'x', payload - MARK_LENGTH - STAMP);
    size_t length = head + payload;
    if (!d->attachment && d->publish_tail.length) {
        memcpy(text + length, d->publish_tail.data, d->publish_tail.length);
        length += d->publish_tail.length;
    }
    send_frame(load.publisher, d->attachment ? BINARY : d->message_opcode, text, length);
}

static uint64_t broadcast_at(void) { return plan.start + load.run.sent * plan.interval; }

static uint64_t probe_at(void) { return plan.start + plan.probes * plan.probe_interval; }

/* What the schedule says should have left by now leaves now. */
static void due(void) {
    static char frame[PAYLOAD_MOST + AROUND_MOST + 32];
    while (plan.interval && load.run.sent < plan.count && !load.run.overrun) {
        uint64_t at = broadcast_at();
        if (load.now < at) break;
        leave_at(at);
        publish(at);
    }
    while (load.urgent && load.urgent->echoes && probe_at() <= load.now && probe_at() < plan.end) {
        size_t length = echo_put(load.urgent, frame, probe_at());
        plan.probes++;
        if (length) send_bytes(load.urgent, frame, length);
    }
    if (load.dialect.http.length) trigger_send();
}

static bool all_arrived(void) {
    return SHARED_GET(completed) - plan.completed == load.run.sent &&
           load.run.acks >= load.run.events && trigger_idle();
}

static bool broken(void) {
    return load.run.closed || load.run.refused || load.run.overrun || halted();
}

static void on_schedule(uint64_t latest) {
    while (load.now < latest && !broken() &&
           (load.run.sent < plan.count || load.now < plan.end || !all_arrived())) {
        uint64_t next = load.run.sent < plan.count ? broadcast_at() : plan.end;
        if (load.urgent && probe_at() < plan.end && probe_at() < next) next = probe_at();
        poll_until(next > load.now ? next : load.now + 1000000);
    }
}

static void one_at_a_time(uint64_t latest) {
    uint64_t patience = load.alone ? 10000000 : 50000; /* another process may have the last */
    for (uint64_t i = 0; (!plan.count || i < plan.count) && (i == 0 || load.now < plan.end); i++) {
        publish(load.now = clock_ns());
        if (load.due) load.due();
        while (!all_arrived() && load.now < latest && !broken()) poll_until(load.now + patience);
        if (broken() || !all_arrived()) break;
    }
}

/* A listener's: where the publisher stands. */
static void follow(void) {
    uint64_t start = SHARED_GET(start);
    if (load.run.start || start <= load.run.begun) return;
    load.run.idle = 0;
    if (plan.interval) load.run.scheduled = start + plan.end;
    run_start(start);
}

static void listen_all(void) {
    printf("{\"kind\":\"ready\"");
    answer_end();
    load.due = follow;
    while (SHARED_GET(finished) == plan.finished && !halted()) poll_until(load.now + 5000000);
    poll_until(load.now);
}

static struct connection *nth_ready(int wanted) {
    for (int i = 0; i < load.count; i++)
        if (load.connections[i].state == READY && !wanted--) return &load.connections[i];
    return NULL;
}

static void publish_all(uint64_t drain) {
    plan.completed = SHARED_GET(completed);
    memset(load.shared->left, 0, sizeof load.shared->left);
    if (plan.probe_interval) {
        load.urgent = nth_ready(load.ready > 1);
        load.urgent->echoes = echoes_new(PROBES_MOST);
    }
    load.due = due;
    plan.start = load.now = clock_ns();
    plan.end += plan.start;
    if (plan.interval) load.run.scheduled = plan.end;
    SHARED_SET(start, plan.start);
    run_start(plan.start);
    if (plan.interval)
        on_schedule(plan.end + drain);
    else
        one_at_a_time(plan.end + drain);
    if (load.urgent) echoes_free(load.urgent);
    load.urgent = load.publisher = NULL;
    trigger_close();
    SHARED_SET(finished, plan.finished + 1);
}

bool broadcast(const char *line) {
    bool publishes = number(line, "publish", 1);
    uint64_t length = (uint64_t)number(line, "ms", 1000) * 1000000u;
    uint64_t drain = (uint64_t)number(line, "drain_ms", 5000) * 1000000u;
    uint32_t payload = (uint32_t)number(line, "payload", 64);
    memset(&plan, 0, sizeof plan);
    plan.interval = (uint64_t)number(line, "interval_ns", 0);
    plan.count = (uint64_t)number(line, "count", 0);
    plan.probe_interval = (uint64_t)number(line, "probe_ns", 0);
    if (plan.interval && !plan.count) plan.count = length / plan.interval + !(length / plan.interval);
    plan.end = plan.interval ? plan.count * plan.interval : length;
    plan.finished = SHARED_GET(finished);
    uint32_t rooms = (uint32_t)number(line, "rooms", 1);
    uint32_t recipients = (uint32_t)number(line, "recipients", load.ready);
    if (!echo_form(line) || refused()) return false;
    if (payload < PAYLOAD_LEAST || payload > PAYLOAD_MOST) return refuse("payload is out of bounds");
    if (plan.probe_interval && !load.dialect.echo_head.length) return refuse("echo_head is missing");
    if (publishes && !load.ready && (!load.dialect.http.length || plan.probe_interval))
        return refuse("no connection to publish from");
    run_begin(payload, rooms);
    run_ticks(&load.run.delivery, &load.run.sent, &load.run.received);
    load.run.recipients = recipients;
    load.run.others_only = number(line, "others_only", 0);
    load.run.active = true;
    load.publisher = publishes ? nth_ready(0) : NULL;
    if (publishes)
        publish_all(drain);
    else
        listen_all();
    load.due = NULL;
    run_end("broadcast");
    run_counts();
    return true;
}
