/* The limit: a bare epoll server that knows just enough of the protocols to take part.
 *
 *   send_loop PORT            a broadcast is one prepared frame and one `send` to every client
 *   send_loop PORT coalesce   all broadcasts read in one pass go to a client in one `send`
 *
 * It parses nothing that it does not need, checks nothing and bounds little: it is a floor to
 * measure against. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST_ROOMS 65536 /* a power of two */
#define MOST_UNSENT (64u << 20)

enum { ALL, ROOM, BOTH }; /* the two groups that a client is in */

struct group {
    struct client **members;
    int count, capacity;
    size_t length;
    char *name;
};

struct client {
    int fd;
    bool upgraded;
    struct group *in[BOTH];
    int place[BOTH]; /* its index among the members */
    char *rest, *unsent;
    size_t rest_length, unsent_length;
};

static struct group all, rooms[MOST_ROOMS], *to = &all; /* whom the pass is for */
static int epoll;
static bool coalesce;
static char input[1 << 18], pass[1 << 22];
static size_t pass_length;

static void leave(struct client *c, int which) {
    struct group *group = c->in[which];
    if (!group) return;
    struct client *last = group->members[--group->count];
    group->members[last->place[which] = c->place[which]] = last;
    c->in[which] = NULL;
}

static void join(struct client *c, int which, struct group *group) {
    leave(c, which);
    if (group->count == group->capacity) {
        group->capacity = group->capacity ? 2 * group->capacity : 16;
        group->members = realloc(group->members, sizeof c * (size_t)group->capacity);
    }
    c->in[which] = group;
    c->place[which] = group->count;
    group->members[group->count++] = c;
}

/* The room of that name, by open addressing; rooms stay for ever. */
static struct group *room(const char *name, size_t length) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)name[i]) * 16777619u;
    for (int tries = 0; tries < MOST_ROOMS; tries++, hash++) {
        struct group *found = &rooms[hash & (MOST_ROOMS - 1)];
        if (!found->name) {
            found->name = memcpy(malloc(length), name, length);
            found->length = length;
        }
        if (found->length == length && !memcmp(found->name, name, length)) return found;
    }
    return &all;
}

static void drop(struct client *c) {
    leave(c, ALL);
    leave(c, ROOM);
    close(c->fd);
    free(c->rest);
    free(c->unsent);
    c->rest = c->unsent = NULL;
    c->fd = -1; /* the struct stays: another event of this pass may point to it */
}

static void watch(struct client *c, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = c};
    epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
}

static void put(struct client *c, const char *data, size_t length) {
    ssize_t sent = 0;
    if (!c->unsent_length) {
        sent = send(c->fd, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent == (ssize_t)length) return;
        if (sent < 0) sent = 0;
        watch(c, EPOLLIN | EPOLLOUT);
    }
    size_t more = length - (size_t)sent;
    if (c->unsent_length + more > MOST_UNSENT) return; /* lost: the run will be void */
    c->unsent = realloc(c->unsent, c->unsent_length + more);
    memcpy(c->unsent + c->unsent_length, data + sent, more);
    c->unsent_length += more;
}

static void put_rest(struct client *c) {
    ssize_t sent = send(c->fd, c->unsent, c->unsent_length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent <= 0) return;
    c->unsent_length -= (size_t)sent;
    memmove(c->unsent, c->unsent + sent, c->unsent_length);
    if (!c->unsent_length) watch(c, EPOLLIN);
}

static size_t frame(char *to, int opcode, const char *data, size_t length) {
    size_t head = 2;
    to[0] = (char)(0x80 | opcode);
    to[1] = (char)length;
    if (length > 125) {
        to[1] = 126;
        to[2] = (char)(length >> 8);
        to[3] = (char)length;
        head = 4;
    }
    memcpy(to + head, data, length);
    return head + length;
}

static void put_all(void) {
    for (int i = 0; i < to->count; i++) put(to->members[i], pass, pass_length);
    pass_length = 0;
}

/* A frame for a group; what waits for another goes first. */
static void put_group(struct group *group, int opcode, const char *data, size_t length, bool more) {
    if (pass_length && group != to) put_all();
    to = group;
    pass_length += frame(pass + pass_length, opcode, data, length);
    if (!coalesce && !more) put_all();
}

static void put_text(struct client *c, const char *text) {
    char out[256];
    put(c, out, frame(out, 1, text, strlen(text)));
}

/* `42["pub",…]` and `42["say",ROOM,…]` become `42["msg",…]`, and `451-` alike, with an attachment to
 * follow; `42ID["echo",…]` becomes `43ID[…]`, and `42ID["enter",ROOM]` is answered with `43ID[]`. */
static void message(struct client *c, int opcode, char *data, size_t length) {
    char *name, *end, out[65536 + 16];
    size_t near = length < 24 ? length : 24, head;
    if (opcode == 8) {
        shutdown(c->fd, SHUT_RDWR);
    } else if (opcode == 2) {
        put_group(to, 2, data, length, false);
    } else if (length == 2 && !memcmp(data, "40", 2)) {
        put_text(c, "40{\"sid\":\"x\"}");
        join(c, ALL, &all);
    } else if ((name = memmem(data, near, "[\"pub\"", 6))) {
        memcpy(name, "[\"msg\"", 6);
        put_group(&all, 1, data, length, data[1] == '5');
    } else if ((name = memmem(data, near, "[\"echo\",", 8))) {
        head = (size_t)(name - data);
        data[1] = '3';
        memmove(name + 1, name + 8, length - head - 8);
        put(c, out, frame(out, 1, data, length - 7));
    } else if ((name = memmem(data, near, "[\"say\",\"", 8))) {
        head = (size_t)(name - data);
        if (!(end = memchr(name + 8, '"', length - head - 8))) return;
        struct group *group = room(name + 8, (size_t)(end - name - 8));
        end -= head + 5; /* the comma after the room's name is the one after the event's */
        memmove(end, data, head);
        memcpy(end + head, "[\"msg\"", 6);
        put_group(group, 1, end, length - (size_t)(end - data), data[1] == '5');
    } else if ((name = memmem(data, near, "[\"enter\",\"", 10))) {
        head = (size_t)(name - data);
        if (!(end = memchr(name + 10, '"', length - head - 10))) return;
        join(c, ROOM, room(name + 10, (size_t)(end - name - 10)));
        data[1] = '3';
        memcpy(name, "[]", 2);
        put(c, out, frame(out, 1, data, head + 2));
    }
}

/* The length of a frame's head, up to its payload of `size` bytes; 0 where it is not all there. */
static size_t head_of(const unsigned char *data, size_t length, size_t *size) {
    size_t head = 6;
    if (length < head) return 0;
    *size = data[1] & 127;
    if (*size == 126) {
        head = 8;
        if (length < head) return 0;
        *size = (size_t)data[2] << 8 | data[3];
    }
    return length - head < *size ? 0 : head;
}

/* An event whose attachment is to come waits for it: nothing may get between them. */
static bool announces(const unsigned char *data, size_t head, size_t size) {
    const unsigned char *key = data + head - 4, *body = data + head;
    return (data[0] & 15) == 1 && size > 2 && (body[0] ^ key[0]) == '4' && (body[1] ^ key[1]) == '5';
}

static size_t frames(struct client *c, unsigned char *data, size_t length) {
    size_t at = 0, head, size, next;
    while ((head = head_of(data + at, length - at, &size))) {
        unsigned char *key = data + at + head - 4, *body = data + at + head;
        size_t end = at + head + size;
        if (announces(data + at, head, size) && !head_of(data + end, length - end, &next)) break;
        for (size_t i = 0; i < size; i++) body[i] ^= key[i & 3];
        if (pass_length + size + 16 > sizeof pass) put_all();
        message(c, data[at] & 15, (char *)body, size);
        at = end;
    }
    return at;
}

static void receive(struct client *c) {
    size_t length = c->rest_length, taken = 0;
    if (length) memcpy(input, c->rest, length);
    ssize_t more = recv(c->fd, input + length, sizeof input - 1 - length, MSG_DONTWAIT);
    if (more <= 0) {
        drop(c);
        return;
    }
    length += (size_t)more;
    input[length] = 0;
    char *end = c->upgraded ? NULL : strstr(input, "\r\n\r\n");
    if (end) {
        const char *answer =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
        taken = (size_t)(end + 4 - input);
        c->upgraded = true;
        put(c, answer, strlen(answer));
        put_text(c, "0{\"sid\":\"x\",\"upgrades\":[],\"pingInterval\":25000,"
                    "\"pingTimeout\":20000,\"maxPayload\":1000000}");
    }
    if (c->upgraded) taken += frames(c, (unsigned char *)input + taken, length - taken);
    c->rest_length = length - taken;
    if (c->rest_length) {
        c->rest = realloc(c->rest, c->rest_length);
        memcpy(c->rest, input + taken, c->rest_length);
    }
}

static void accept_all(int listener) {
    int fd, on = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct client *c = calloc(1, sizeof *c);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        c->fd = fd;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

int main(int argc, char **argv) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct epoll_event events[256], event = {.events = EPOLLIN, .data.ptr = NULL};
    struct rlimit files;
    int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    coalesce = argc > 2 && !strcmp(argv[2], "coalesce");
    address.sin_port = htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 0));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) {
        perror("send_loop");
        return 1;
    }
    epoll = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            struct client *c = events[i].data.ptr;
            if (!c) accept_all(listener);
            if (c && c->fd >= 0 && events[i].events & EPOLLOUT) put_rest(c);
            if (c && c->fd >= 0 && events[i].events & ~(uint32_t)EPOLLOUT) receive(c);
        }
        if (pass_length) put_all();
    }
}
