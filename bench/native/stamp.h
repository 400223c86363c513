/* How every payload begins: `fan:`, then 24 letters: its sequence number (8) and the moment at
 * which it was due (16), one letter a to p for each four bits. Letters need no escape in JSON, and
 * eight of them are read with a few shifts. */
#ifndef STAMP_H
#define STAMP_H

#include <stdint.h>
#include <string.h>
#include <time.h>

#define MARK "fan:"
#define MARK_LENGTH 4
#define STAMP 24

static inline uint64_t clock_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline void letters_put(char *to, uint32_t value) {
    for (int i = 7; i >= 0; i--, value >>= 4) to[i] = (char)('a' + (value & 15));
}

static inline uint32_t letters_get(const char *from) {
    uint64_t x;
    memcpy(&x, from, 8);
    x = __builtin_bswap64(x) - 0x6161616161616161u;
    x = (x | x >> 4) & 0x00FF00FF00FF00FFu;
    x = (x | x >> 8) & 0x0000FFFF0000FFFFu;
    return (uint32_t)(x | x >> 16);
}

static inline void stamp_put(char *to, uint32_t sequence, uint64_t due) {
    memcpy(to, MARK, MARK_LENGTH);
    letters_put(to + MARK_LENGTH, sequence);
    letters_put(to + MARK_LENGTH + 8, (uint32_t)(due >> 32));
    letters_put(to + MARK_LENGTH + 16, (uint32_t)due);
}

/* These two read behind the mark. */
static inline uint32_t stamp_sequence(const char *from) { return letters_get(from); }

static inline uint64_t stamp_due(const char *from) {
    return (uint64_t)letters_get(from + 8) << 32 | letters_get(from + 16);
}

#endif
