/* The inner loop of forwarding: copy, renumber, encrypt, send.

   Nothing here reads what a stranger wrote but to copy it: packets were parsed and bounded by the caller.
   Invariants: a slot is written only between two flushes; datagrams to one peer leave in the order in which
   they were queued; what the kernel does not take at once is dropped and counted, as UDP may. One thread. */

#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "fanout.h"

#ifndef SOL_UDP
#define SOL_UDP 17
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103 /* Linux 4.18 */
#endif

#define LONGEST_TRAILER 144
#define MOST_JOINED 32         /* datagrams of one message; the kernel takes 64 */
#define MOST_JOINED_BYTES 60000 /* the kernel takes 65,507 */
#define HEADER_BYTES 12        /* RFC 3550 §5.1 */

_Static_assert(HALL_LARGEST_PACKET + LONGEST_TRAILER <= HALL_SLOT_BYTES, "a sealed packet fits its slot");
_Static_assert(sizeof(struct sockaddr_in6) <= HALL_NAME_BYTES, "an address fits its name");

/* Datagrams to one peer that leave together: all of one size but the last, which may be smaller. */
typedef struct {
    uint8_t name[HALL_NAME_BYTES];
    uint32_t name_size;
    uint32_t head, tail; /* slots */
    uint32_t count;
    uint32_t segment, last; /* bytes */
    uint32_t total;
} message;

typedef union {
    char bytes[CMSG_SPACE(sizeof(uint16_t))];
    struct cmsghdr align;
} control;

struct hall_box {
    int fd;
    int joins;
    hall_protect protect;
    uint32_t used;  /* slots */
    uint32_t count; /* messages */
    uint64_t turn;
    uint64_t sent, dropped;
    uint32_t lengths[HALL_SLOTS];
    uint32_t next[HALL_SLOTS]; /* slot behind this one in its message */
    message messages[HALL_SLOTS];
    control controls[HALL_SLOTS];
    struct iovec vectors[HALL_SLOTS];
    struct mmsghdr headers[HALL_SLOTS];
    uint8_t slots[HALL_SLOTS][HALL_SLOT_BYTES];
};

static void put16(uint8_t *at, uint32_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value) {
    put16(at, value >> 16);
    put16(at + 2, value);
}

hall_box *hall_open(int fd, uintptr_t protect, int joins) {
    hall_box *box = calloc(1, sizeof *box);
    if (box == NULL)
        return NULL;
    int segment = 0;
    socklen_t size = sizeof segment;
    box->fd = fd;
    box->joins = joins && getsockopt(fd, SOL_UDP, UDP_SEGMENT, &segment, &size) == 0;
    box->protect = (hall_protect)protect;
    box->turn = 1;
    return box;
}

void hall_free(hall_box *box) { free(box); }

void hall_close(hall_box *box) {
    box->fd = -1;
    box->used = box->count = 0;
    box->turn++;
}

uint32_t hall_waiting(const hall_box *box) { return box->used; }
uint64_t hall_sent(const hall_box *box) { return box->sent; }
uint64_t hall_dropped(const hall_box *box) { return box->dropped; }

/* Put the slot behind the last message to this peer, or into a new one. */
static void post(hall_box *box, hall_peer *peer, uint32_t slot, uint32_t length) {
    box->lengths[slot] = length;
    if (box->joins && peer->turn == box->turn && peer->message < box->count) {
        message *open = &box->messages[peer->message];
        if (open->last == open->segment && length <= open->segment && open->count < MOST_JOINED &&
            open->total + length <= MOST_JOINED_BYTES) {
            box->next[open->tail] = slot;
            open->tail = slot;
            open->count++;
            open->last = length;
            open->total += length;
            return;
        }
    }
    peer->turn = box->turn;
    peer->message = box->count;
    message *fresh = &box->messages[box->count++];
    fresh->name_size = peer->name_size <= HALL_NAME_BYTES ? peer->name_size : 0;
    memcpy(fresh->name, peer->name, fresh->name_size);
    fresh->head = fresh->tail = slot;
    fresh->count = 1;
    fresh->segment = fresh->last = fresh->total = length;
}

/* A copy of the packet in the next slot, under its numbers; NULL when it is too large. */
static uint8_t *copy(hall_box *box, const uint8_t *body, uint32_t size, uint16_t sequence, uint32_t timestamp,
                     uint32_t ssrc, int32_t number) {
    if (box->used == HALL_SLOTS)
        hall_flush(box);
    if (size < HEADER_BYTES || size > HALL_LARGEST_PACKET) {
        box->dropped++;
        return NULL;
    }
    uint8_t *slot = box->slots[box->used];
    memcpy(slot, body, size);
    put16(slot + 2, sequence);
    put32(slot + 4, timestamp);
    put32(slot + 8, ssrc);
    if (number >= 0)
        put16(slot + HALL_NUMBER_AT, (uint32_t)number);
    return slot;
}

static void seal(hall_box *box, uint8_t *slot, uint32_t size, uintptr_t session, hall_peer *peer) {
    int length = (int)size;
    if (box->protect((void *)session, slot, &length) != 0 || length <= 0 || length > HALL_SLOT_BYTES) {
        box->dropped++;
        return;
    }
    post(box, peer, box->used++, (uint32_t)length);
}

void hall_send(hall_box *box, const uint8_t *body, uint32_t size, uint16_t sequence, uint32_t timestamp,
               uint32_t ssrc, int32_t number, uintptr_t session, hall_peer *peer) {
    if (box->fd < 0)
        return;
    uint8_t *slot = copy(box, body, size, sequence, timestamp, ssrc, number);
    if (slot != NULL)
        seal(box, slot, size, session, peer);
}

static int32_t note(const hall_log *log, double arrived, uint32_t size) {
    uint16_t number = *log->next;
    uint32_t place = number & log->mask;
    *log->next = (uint16_t)(number + 1);
    log->times[place] = arrived;
    log->sizes[place] = (uint16_t)size;
    log->numbers[place] = number;
    return number;
}

void hall_fan_out(hall_box *box, hall_lane **lanes, uint32_t count, const uint8_t *body, uint32_t size,
                  int64_t number, uint16_t sequence, uint32_t timestamp, uint32_t octets, double arrived,
                  int32_t picture_at, int picture_is_long, uint32_t picture, int32_t layer_index_at,
                  uint32_t layer_index) {
    int has_picture = picture_at >= 0 && (int64_t)picture_at + (picture_is_long ? 2 : 1) <= (int64_t)size;
    int has_layer_index = layer_index_at >= 0 && (int64_t)layer_index_at + 1 <= (int64_t)size;
    if (box->fd < 0)
        return;
    for (uint32_t index = 0; index < count; index++) {
        hall_lane *lane = lanes[index];
        if (lane->session == 0 || number < lane->first)
            continue;
        int32_t counted = lane->log != NULL ? note(lane->log, arrived, size) : -1;
        lane->packets++;
        lane->octets += octets;
        uint8_t *slot = copy(box, body, size, (uint16_t)(sequence + lane->sequence_shift),
                             timestamp + lane->timestamp_shift, lane->ssrc, counted);
        if (slot == NULL)
            continue;
        if (lane->is_moved) {
            uint32_t moved = picture + lane->picture_shift;
            if (has_picture && picture_is_long)
                put16(slot + picture_at, 0x8000 | (moved & 0x7FFF)); /* RFC 7741 §4.2: M, then 15 bits */
            else if (has_picture)
                slot[picture_at] = (uint8_t)(moved & 0x7F);
            if (has_layer_index)
                slot[layer_index_at] = (uint8_t)(layer_index + lane->layer_index_shift);
        }
        seal(box, slot, size, lane->session, lane->peer);
    }
}

/* Describe the message's slots to the kernel, from `at` on; where the next message's begin. */
static uint32_t describe(hall_box *box, uint32_t index, uint32_t at) {
    message *each = &box->messages[index];
    struct msghdr *header = &box->headers[index].msg_hdr;
    header->msg_name = each->name;
    header->msg_namelen = each->name_size;
    header->msg_iov = &box->vectors[at];
    header->msg_iovlen = each->count;
    header->msg_control = NULL;
    header->msg_controllen = 0;
    for (uint32_t left = each->count, slot = each->head; left > 0; left--, slot = box->next[slot]) {
        box->vectors[at].iov_base = box->slots[slot];
        box->vectors[at++].iov_len = box->lengths[slot];
    }
    if (each->count > 1) {
        uint16_t segment = (uint16_t)each->segment;
        header->msg_control = box->controls[index].bytes;
        header->msg_controllen = sizeof box->controls[index].bytes;
        struct cmsghdr *option = CMSG_FIRSTHDR(header);
        option->cmsg_level = SOL_UDP;
        option->cmsg_type = UDP_SEGMENT;
        option->cmsg_len = CMSG_LEN(sizeof segment);
        memcpy(CMSG_DATA(option), &segment, sizeof segment);
    }
    return at;
}

/* The kernel refuses the joined message (a smaller path MTU, a device that cannot): one by one then. */
static void send_apart(hall_box *box, uint32_t index) {
    struct msghdr single = box->headers[index].msg_hdr;
    single.msg_control = NULL;
    single.msg_controllen = 0;
    single.msg_iovlen = 1;
    for (uint32_t left = box->messages[index].count; left > 0; left--, single.msg_iov++) {
        ssize_t done;
        do
            done = sendmsg(box->fd, &single, 0);
        while (done < 0 && errno == EINTR);
        if (done < 0)
            box->dropped++;
        else
            box->sent++;
    }
}

void hall_flush(hall_box *box) {
    uint32_t count = box->count, done = 0, at = 0;
    box->used = box->count = 0;
    box->turn++;
    if (box->fd < 0)
        return;
    for (uint32_t index = 0; index < count; index++)
        at = describe(box, index, at);
    while (done < count) {
        int taken = sendmmsg(box->fd, box->headers + done, count - done, 0);
        if (taken > 0) {
            for (; taken > 0; taken--)
                box->sent += box->messages[done++].count;
        } else if (taken < 0 && errno == EINTR) {
            continue;
        } else if (taken < 0 && (errno == EAGAIN || errno == ENOBUFS)) {
            while (done < count)
                box->dropped += box->messages[done++].count;
        } else if (box->messages[done].count > 1) {
            if (errno == EIO) /* no device on the way checks sums for us: never try again */
                box->joins = 0;
            send_apart(box, done++);
        } else { /* this one peer cannot be reached: its datagram is lost, the others go on */
            box->dropped++;
            done++;
        }
    }
}
