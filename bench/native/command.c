/* Commands: one a line, `name key=value key=value`; values are integers or, for bytes, hex. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"

#define LINE_MOST (1u << 20)

static char input[2 * LINE_MOST], refusal[256];
static size_t from, to;

static char *newline(void) { return memchr(input + from, '\n', to - from); }

/* `stop` is no command of its own: it ends the one that runs, and is nothing where none does. */
static void take_stops(void) {
    for (char *end; (end = newline()) && end == input + from + 4 && !memcmp(input + from, "stop", 4);
         from += 5)
        load.stopped = true;
}

/* False at the end of the input. */
bool command_read(void) {
    ssize_t more = read(0, input + to, sizeof input - to);
    if (more < 0 && errno == EINTR) return true;
    if (more <= 0 || (to += (size_t)more) == sizeof input) return false;
    take_stops();
    return true;
}

/* The next whole line, or NULL. It stays where it is until the next call. */
char *command_next(void) {
    take_stops();
    load.stopped = false;
    char *line = input + from, *end = newline();
    if (!end) {
        memmove(input, line, to - from);
        to -= from;
        from = 0;
        if (to > LINE_MOST) load.ended = true;
        return NULL;
    }
    *end = 0;
    from = (size_t)(end + 1 - input);
    take_stops();
    return line;
}

bool command_is(const char *line, const char *name) {
    size_t length = strlen(name);
    return !strncmp(line, name, length) && (line[length] == ' ' || !line[length]);
}

/* Why the command can't be done: the first reason stands. Always false. */
bool refuse(const char *format, ...) {
    va_list values;
    if (refusal[0]) return false;
    va_start(values, format);
    vsnprintf(refusal, sizeof refusal, format, values);
    va_end(values);
    return false;
}

bool refused(void) { return refusal[0]; }

const char *refusal_taken(void) {
    static char taken[sizeof refusal];
    memcpy(taken, refusal, sizeof taken);
    refusal[0] = 0;
    return taken[0] ? taken : NULL;
}

static const char *value(const char *line, const char *name) {
    size_t length = strlen(name);
    for (const char *p = line; (p = strchr(p, ' ')); p++)
        if (!strncmp(p + 1, name, length) && p[1 + length] == '=') return p + length + 2;
    return NULL;
}

bool given(const char *line, const char *name) { return value(line, name); }

int64_t number(const char *line, const char *name, int64_t fallback) {
    const char *text = value(line, name);
    char *end;
    if (!text) return fallback;
    errno = 0;
    int64_t found = strtoll(text, &end, 10);
    if (end == text || (*end && *end != ' ') || errno || found < 0) refuse("%s is no number", name);
    return found;
}

static int digit(char letter) {
    return letter >= '0' && letter <= '9' ? letter - '0'
           : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
                                             : -1;
}

/* What was there before is freed. Absent is empty. */
bool bytes(const char *line, const char *name, struct bytes *to) {
    const char *text = value(line, name);
    size_t length = text ? strcspn(text, " ") : 0;
    free(to->data);
    to->data = calloc(1, length / 2 + 1);
    to->length = (uint32_t)(length / 2);
    if (length % 2) return refuse("%s is no hex", name);
    for (uint32_t i = 0; i < to->length; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0) return refuse("%s is no hex", name);
        to->data[i] = (char)(high << 4 | low);
    }
    return true;
}
