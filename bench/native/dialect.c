/* The bytes of a dialect as they come from outside, and the pattern of a good message. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

#define BLANK "########"
#define BLANK_LENGTH 8

static bool address_of(const char *line, const char *name, int64_t port, struct address *to) {
    struct bytes text = {0};
    struct address made = {0};
    bool good = bytes(line, name, &text) && port > 0 && port < 65536;
    if (good && inet_pton(AF_INET, text.data, &made.to.four.sin_addr) == 1) {
        made.to.four.sin_family = AF_INET;
        made.to.four.sin_port = htons((uint16_t)port);
        made.length = sizeof made.to.four;
    } else if (good && inet_pton(AF_INET6, text.data, &made.to.six.sin6_addr) == 1) {
        made.to.six.sin6_family = AF_INET6;
        made.to.six.sin6_port = htons((uint16_t)port);
        made.length = sizeof made.to.six;
    }
    free(text.data);
    *to = made;
    return made.length || refuse("%s and its port are no numeric address", name);
}

static bool short_enough(const char *what, uint32_t length) {
    return length <= AROUND_MOST || refuse("%s takes more than %d bytes", what, AROUND_MOST);
}

bool setup(const char *line) {
    struct dialect *d = &load.dialect;
    d->opcode = (int)number(line, "opcode", TEXT);
    return !refused() && address_of(line, "address", number(line, "port", 0), &d->address) &&
           bytes(line, "request", &d->request) && bytes(line, "hello", &d->hello) &&
           bytes(line, "welcome", &d->welcome) && bytes(line, "refusal", &d->refusal) &&
           bytes(line, "enter", &d->enter) && bytes(line, "entered", &d->entered) &&
           short_enough("request", d->request.length / 4) &&
           short_enough("hello", d->hello.length / 4) && short_enough("enter", d->enter.length);
}

bool form(const char *line) {
    struct dialect *d = &load.dialect;
    d->message_opcode = (int)number(line, "opcode", TEXT);
    d->attachment = number(line, "attachment", 0);
    d->search = number(line, "search", 0);
    trigger_close();
    d->http.length = 0;
    if (refused()) return false;
    if (given(line, "http_address") &&
        !address_of(line, "http_address", number(line, "http_port", 0), &d->http))
        return false;
    return bytes(line, "publish_head", &d->publish_head) &&
           bytes(line, "publish_tail", &d->publish_tail) &&
           bytes(line, "message_head", &d->message_head) &&
           bytes(line, "message_tail", &d->message_tail) &&
           bytes(line, "http_head", &d->http_head) && bytes(line, "http_tail", &d->http_tail) &&
           short_enough("publish_head", d->publish_head.length + d->publish_tail.length) &&
           short_enough("message_head", d->message_head.length + d->message_tail.length) &&
           short_enough("http_head", (d->http_head.length + d->http_tail.length) / 4);
}

/* Of acknowledged events. A line that names none leaves them as they are. */
bool echo_form(const char *line) {
    struct dialect *d = &load.dialect;
    if (!given(line, "echo_head")) return true;
    return bytes(line, "echo_head", &d->echo_head) && bytes(line, "echo_middle", &d->echo_middle) &&
           bytes(line, "echo_tail", &d->echo_tail) && bytes(line, "ack_head", &d->ack_head) &&
           bytes(line, "ack_middle", &d->ack_middle) && bytes(line, "ack_tail", &d->ack_tail) &&
           short_enough("echo_head",
                        d->echo_head.length + d->echo_middle.length + d->echo_tail.length);
}

static void join(struct bytes *to, const char *head, size_t head_length, const char *tail,
                 size_t tail_length) {
    free(to->data);
    to->length = (uint32_t)(head_length + tail_length);
    to->data = malloc(to->length + 1);
    if (head_length) memcpy(to->data, head, head_length);
    if (tail_length) memcpy(to->data + head_length, tail, tail_length);
}

/* A message that has to be searched matches no pattern. */
void pattern_make(struct pattern *to, uint32_t payload) {
    struct dialect *d = &load.dialect;
    struct bytes none = {0}, *head = d->attachment ? &none : &d->message_head;
    struct bytes *tail = d->attachment ? &none : &d->message_tail;
    to->first = d->search ? -1 : 0x80 | (d->attachment ? BINARY : d->message_opcode);
    join(&to->head, head->data, head->length, MARK, MARK_LENGTH);
    join(&to->tail, load.padding, payload - MARK_LENGTH - STAMP, tail->data, tail->length);
    to->length = to->head.length + STAMP + to->tail.length;
}

/* Copies bytes, with the number in place of each blank; returns how many. */
size_t numbered(char *to, const struct bytes *from, uint32_t value) {
    char text[BLANK_LENGTH + 1], *blank = to, *end = to + from->length;
    if (from->length) memcpy(to, from->data, from->length);
    snprintf(text, sizeof text, "%08u", value % 100000000u);
    while ((blank = memmem(blank, (size_t)(end - blank), BLANK, BLANK_LENGTH)))
        memcpy(blank, text, BLANK_LENGTH);
    return from->length;
}

bool begins(const char *body, size_t length, const struct bytes *with) {
    return length >= with->length && !memcmp(body, with->data, with->length);
}
