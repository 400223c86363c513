/* What the load processes of one run count together: a file that all have mapped, or memory of
 * this process alone. Little endian; `completed` and `left` change by atomic instructions. */
#ifndef SHARED_H
#define SHARED_H

#include <stdbool.h>
#include <stdint.h>

#define UNDER_WAY_MOST (1u << 16) /* broadcasts that may be under way at once */

struct shared {
    uint32_t next;      /* sequence number */
    uint32_t finished;  /* runs so far */
    uint64_t completed; /* broadcasts that all their recipients have */
    uint64_t start;     /* the moment at which the latest run's publisher began */
    uint64_t reserved[5];
    uint32_t left[UNDER_WAY_MOST]; /* by sequence: the recipients that still lack it */
};

_Static_assert(sizeof(struct shared) == 64 + 4 * UNDER_WAY_MOST, "the layout is an agreement");

struct shared *shared_open(const char *path);

#define SHARED_GET(field) __atomic_load_n(&load.shared->field, __ATOMIC_ACQUIRE)
#define SHARED_SET(field, value) __atomic_store_n(&load.shared->field, value, __ATOMIC_RELEASE)

#endif
