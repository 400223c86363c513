/* Judges one payload: lost, reordered, duplicated, of another run? The fast path, hence inline. */
#ifndef JUDGE_H
#define JUDGE_H

#include "load.h"

#define REMEMBERED 64 /* how far back a message is known to be late rather than a duplicate */

/* Whether this number was to come, and now has. */
static inline bool awaited(struct connection *c, struct run *run, uint32_t sequence) {
    if (sequence == c->expected) {
        if (c->missing) c->missing <<= 1;
        c->expected += run->rooms;
        return true;
    }
    int64_t ahead = (int64_t)sequence - c->expected;
    if (ahead % run->rooms) { /* of another room */
        run->garbled++;
        return false;
    }
    ahead /= run->rooms;
    if (ahead > 0) {
        c->missing = ahead < REMEMBERED - 1 ? (c->missing << ahead | ((1ull << ahead) - 1)) << 1
                                            : ~1ull;
        c->expected = sequence + run->rooms;
        return true;
    }
    uint64_t bit = ahead < -REMEMBERED ? 0 : 1ull << (-ahead - 1);
    if (!(c->missing & bit)) {
        run->duplicated++;
        return false;
    }
    c->missing &= ~bit;
    run->reordered += !load.dialect.http.length; /* parallel requests have no order */
    return true;
}

/* How many recipients still lack a broadcast that one more has now. */
static inline uint32_t taken(uint32_t sequence) {
    uint32_t *left = &load.shared->left[sequence & (UNDER_WAY_MOST - 1)];
    return load.alone ? --*left : __atomic_sub_fetch(left, 1, __ATOMIC_RELAXED);
}

/* `letters` follow the mark; what surrounds them has been judged. */
static inline void deliver(struct connection *c, const char *letters) {
    struct run *run = &load.run;
    uint32_t sequence = stamp_sequence(letters);
    uint64_t due = stamp_due(letters);
    if (!run->active || sequence < run->base) {
        run->stale++;
        return;
    }
    if (sequence >= SHARED_GET(next) || (run->others_only && c == load.publisher)) {
        run->garbled++;
        return;
    }
    if (!awaited(c, run, sequence)) return;
    run->received++;
    run->finished_at = load.now;
    uint64_t latency = load.now - due;
    if (load.now < due) {
        run->negative++;
        latency = 0;
    }
    histogram_add(&run->second, latency);
    uint32_t left = taken(sequence);
    if (left + 1 == run->recipients) histogram_add(&run->first, latency);
    if (left == run->recipients / 2) histogram_add(&run->median, latency);
    if (!left) {
        run->completed++;
        __atomic_add_fetch(&load.shared->completed, 1, __ATOMIC_RELEASE);
        histogram_add(&run->last, latency);
    }
}

#endif
