/* A log-linear histogram of nanoseconds, as HDR histograms are: 128 steps to each power of two,
 * so a value is known to within 0.8 %. It keeps every sample and is printed in full, as pairs of
 * (highest value of the step, count), so that histograms of several runs can be added up. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define STEP_BITS 7
#define STEPS (1u << STEP_BITS)
#define SLOTS (STEPS * 40) /* up to 2^46 ns, some twenty hours */

struct histogram {
    uint64_t counts[SLOTS];
};

static inline uint32_t histogram_slot(uint64_t value) {
    if (value < STEPS * 2) return (uint32_t)value;
    uint32_t shift = 63u - (uint32_t)__builtin_clzll(value) - STEP_BITS;
    uint32_t slot = shift * STEPS + (uint32_t)(value >> shift);
    return slot < SLOTS ? slot : SLOTS - 1;
}

static inline uint64_t histogram_highest(uint32_t slot) {
    if (slot < STEPS * 2) return slot;
    uint32_t shift = slot / STEPS - 1;
    return ((uint64_t)(slot - shift * STEPS + 1) << shift) - 1;
}

static inline void histogram_add(struct histogram *h, uint64_t value) {
    h->counts[histogram_slot(value)]++;
}

/* Moves all samples of one histogram into another. */
static inline void histogram_move(struct histogram *to, struct histogram *from) {
    for (uint32_t slot = 0; slot < SLOTS; slot++) to->counts[slot] += from->counts[slot];
    memset(from, 0, sizeof *from);
}

static inline void histogram_print(const struct histogram *h, FILE *out) {
    const char *comma = "";
    fputc('[', out);
    for (uint32_t slot = 0; slot < SLOTS; slot++)
        if (h->counts[slot]) {
            fprintf(out, "%s[%llu,%llu]", comma, (unsigned long long)histogram_highest(slot),
                    (unsigned long long)h->counts[slot]);
            comma = ",";
        }
    fputc(']', out);
}

#endif
