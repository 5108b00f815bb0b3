/* What comes in, many at a time: read, find the stream, decrypt, find the fields.

   Only packets that libsrtp has found authentic are parsed, and only of streams that the caller knows; all else
   is left as it came. Every byte that is read lies before `size`. Invariants: an arrival and its slot are valid
   until the next reading; a session lives as long as its stream is known. One thread. */

#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "inbox.h"

#define NAME_BYTES 28 /* sockaddr_in6 */
#define WAYS 8        /* streams of one set; more of one hash have no place */
#define SETS (HALL_STREAMS / WAYS)
#define HEADER_BYTES 12   /* RFC 3550 §5.1 */
#define ONE_BYTE 0xBEDE   /* RFC 8285 §4.2 */
#define TWO_BYTE 0x1000   /* RFC 8285 §4.3; the low four bits are free */
#define MOST_ERRORS 8     /* of single peers, told by the socket, before a reading is given up */

_Static_assert(sizeof(hall_arrival) == 36 && offsetof(hall_arrival, picture_is_long) == 35,
               "as the caller takes it apart");

/* Who sends what: an address in one form, and the SSRC. */
typedef struct {
    uint16_t family, port;
    uint32_t ssrc;
    uint8_t ip[16];
} key;

typedef struct {
    key key;
    hall_stream stream; /* of token 0: the place is free */
} place;

struct hall_inbox {
    int fd;
    hall_unprotect unprotect;
    uint64_t seed; /* strangers do not know in which set a stream is */
    struct mmsghdr headers[HALL_BATCH];
    struct iovec vectors[HALL_BATCH];
    uint8_t names[HALL_BATCH][NAME_BYTES];
    hall_arrival arrivals[HALL_BATCH];
    _Alignas(16) uint8_t slots[HALL_BATCH][HALL_DATAGRAM_BYTES];
    place places[SETS][WAYS];
};

static uint32_t get16(const uint8_t *at) { return (uint32_t)at[0] << 8 | at[1]; }
static uint32_t get32(const uint8_t *at) { return get16(at) << 16 | get16(at + 2); }

hall_inbox *hall_inbox_open(int fd, uintptr_t unprotect) {
    hall_inbox *inbox = calloc(1, sizeof *inbox);
    if (inbox == NULL)
        return NULL;
    inbox->fd = fd;
    inbox->unprotect = (hall_unprotect)unprotect;
    if (getrandom(&inbox->seed, sizeof inbox->seed, 0) != sizeof inbox->seed)
        inbox->seed = (uint64_t)(uintptr_t)inbox;
    for (uint32_t index = 0; index < HALL_BATCH; index++) {
        struct msghdr *header = &inbox->headers[index].msg_hdr;
        inbox->vectors[index].iov_base = inbox->slots[index];
        inbox->vectors[index].iov_len = HALL_DATAGRAM_BYTES;
        header->msg_iov = &inbox->vectors[index];
        header->msg_iovlen = 1;
        header->msg_name = inbox->names[index];
    }
    return inbox;
}

void hall_inbox_free(hall_inbox *inbox) { free(inbox); }

/* 0 for an address that is none of the internet's. */
static int key_of(const uint8_t *name, uint32_t size, uint32_t ssrc, key *made) {
    memset(made, 0, sizeof *made);
    sa_family_t family;
    if (size < sizeof family)
        return 0;
    memcpy(&family, name, sizeof family);
    made->family = family;
    made->ssrc = ssrc;
    if (family == AF_INET && size >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in four;
        memcpy(&four, name, sizeof four);
        made->port = four.sin_port;
        memcpy(made->ip, &four.sin_addr, 4);
        return 1;
    }
    if (family == AF_INET6 && size >= sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 six;
        memcpy(&six, name, sizeof six);
        made->port = six.sin6_port;
        memcpy(made->ip, &six.sin6_addr, 16);
        return 1;
    }
    return 0;
}

static place *set_of(hall_inbox *inbox, const key *wanted) {
    uint64_t hash = inbox->seed, word;
    for (size_t at = 0; at < sizeof *wanted; at += sizeof word) {
        memcpy(&word, (const uint8_t *)wanted + at, sizeof word);
        hash = (hash ^ word) * 0x9E3779B97F4A7C15ULL;
        hash ^= hash >> 29;
    }
    return inbox->places[(hash >> 32) % SETS];
}

_Static_assert(sizeof(key) % sizeof(uint64_t) == 0, "hashed in whole words");

static place *find(hall_inbox *inbox, const key *wanted) {
    place *set = set_of(inbox, wanted);
    for (uint32_t way = 0; way < WAYS; way++)
        if (set[way].stream.token != 0 && memcmp(&set[way].key, wanted, sizeof *wanted) == 0)
            return &set[way];
    return NULL;
}

int hall_inbox_add(hall_inbox *inbox, const hall_stream *stream) {
    key wanted;
    if (stream->token == 0 || stream->session == 0 || stream->name_size > NAME_BYTES ||
        !key_of(stream->name, stream->name_size, stream->ssrc, &wanted))
        return 0;
    place *taken = find(inbox, &wanted);
    if (taken == NULL) {
        place *set = set_of(inbox, &wanted);
        for (uint32_t way = 0; way < WAYS && taken == NULL; way++)
            if (set[way].stream.token == 0)
                taken = &set[way];
    }
    if (taken == NULL)
        return 0;
    taken->key = wanted;
    taken->stream = *stream;
    return 1;
}

void hall_inbox_remove(hall_inbox *inbox, const hall_stream *stream) {
    key wanted;
    if (stream->name_size > NAME_BYTES || !key_of(stream->name, stream->name_size, stream->ssrc, &wanted))
        return;
    place *known = find(inbox, &wanted);
    if (known != NULL)
        memset(known, 0, sizeof *known);
}

/* The two extensions that are looked for (RFC 8285 §4): the last of each, as the caller's own reader has it. */
static void read_extensions(const hall_stream *stream, const uint8_t *packet, uint32_t at, uint32_t end,
                            uint32_t profile, hall_arrival *found) {
    int is_short = profile == ONE_BYTE;
    if (!is_short && (profile & 0xFFF0) != TWO_BYTE)
        return;
    while (at + (is_short ? 0 : 1) < end) {
        uint32_t id = is_short ? packet[at] >> 4 : packet[at];
        if (is_short ? packet[at] == 0 : id == 0) { /* padding */
            at++;
            continue;
        }
        if (is_short && id == 15)
            return;
        uint32_t length = is_short ? (packet[at] & 15u) + 1 : packet[at + 1];
        at += is_short ? 1 : 2;
        if (at + length > end)
            return;
        if (id != 0 && id == stream->number_id)
            found->number = length == 2 ? (int32_t)get16(packet + at) : -1;
        if (id != 0 && id == stream->level_id)
            found->level = length > 0 ? packet[at] : -1;
        at += length;
    }
}

/* RFC 7741 §4.2. Nothing is described when the payload is too short for what it announces. */
static void read_vp8(const uint8_t *payload, uint32_t size, hall_arrival *found) {
    uint32_t at = 1, picture = 0, layer_index = 0;
    int32_t picture_at = -1, layer_index_at = -1;
    int is_long = 0;
    if (size < 1)
        return;
    if (payload[0] & 0x80) { /* X */
        if (size < 2)
            return;
        uint8_t present = payload[1];
        at = 2;
        if (present & 0x80) { /* I */
            if (at >= size)
                return;
            picture_at = (int32_t)at;
            picture = payload[at];
            if (picture & 0x80) {
                if (at + 1 >= size)
                    return;
                is_long = 1;
                picture = get16(payload + at) & 0x7FFF;
                at++;
            }
            at++;
        }
        if (present & 0x40) { /* L */
            if (at >= size)
                return;
            layer_index_at = (int32_t)at;
            layer_index = payload[at++];
        }
        if (present & 0x30) /* T or K */
            at++;
    }
    int starts = (payload[0] & 0x10) != 0 && (payload[0] & 0x07) == 0;
    if (starts && at >= size)
        return;
    found->is_described = 1;
    found->starts_frame = (uint8_t)starts;
    found->is_key = starts && !(payload[at] & 1); /* RFC 7741 §4.3: P is 0 */
    found->picture_at = (int16_t)picture_at;
    found->picture_is_long = (uint8_t)is_long;
    found->picture = (uint16_t)picture;
    found->layer_index_at = (int16_t)layer_index_at;
    found->layer_index = (uint8_t)layer_index;
}

static int opens_picture(uint32_t unit) { return unit == 5 || unit == 7; } /* an IDR slice, a parameter set */

/* RFC 6184: the packet that opens an IDR picture. */
static int is_h264_key(const uint8_t *payload, uint32_t size) {
    if (size < 1)
        return 0;
    uint32_t kind = payload[0] & 0x1F;
    if (opens_picture(kind))
        return 1;
    if (kind == 28) /* FU-A */
        return size > 1 && (payload[1] & 0x80) != 0 && opens_picture(payload[1] & 0x1F);
    if (kind == 24) /* STAP-A */
        for (uint32_t at = 1; at + 2 < size; at += 2 + get16(payload + at))
            if (opens_picture(payload[at + 2] & 0x1F))
                return 1;
    return 0;
}

int hall_parse(const hall_stream *stream, const uint8_t *packet, uint32_t size, hall_arrival *found) {
    found->number = found->level = -1;
    found->picture_at = found->layer_index_at = -1;
    found->picture = found->layer_index = 0;
    found->is_described = found->starts_frame = found->picture_is_long = 0;
    found->is_key = stream->kind == HALL_OPAQUE;
    if (size < HEADER_BYTES || size > HALL_DATAGRAM_BYTES || packet[0] >> 6 != 2)
        return 0;
    uint32_t start = HEADER_BYTES + 4 * (packet[0] & 15u), end = size;
    if (packet[0] & 0x10) {
        if (start + 4 > size)
            return 0;
        uint32_t block = start + 4, words = get16(packet + start + 2);
        uint32_t until = block + 4 * words < size ? block + 4 * words : size;
        read_extensions(stream, packet, block, until, get16(packet + start), found);
        start = block + 4 * words;
    }
    if (packet[0] & 0x20) {
        uint32_t padding = packet[size - 1];
        if (padding == 0 || padding > end)
            return 0;
        end -= padding;
    }
    if (start > end)
        return 0;
    found->second = packet[1];
    found->sequence = (uint16_t)get16(packet + 2);
    found->timestamp = get32(packet + 4);
    found->start = (uint16_t)start;
    found->end = (uint16_t)end;
    if ((packet[1] & 0x7F) != stream->payload_type)
        return 1;
    if (stream->kind == HALL_VP8)
        read_vp8(packet + start, end - start, found);
    else if (stream->kind == HALL_H264)
        found->is_key = (uint8_t)is_h264_key(packet + start, end - start);
    return 1;
}

/* RTP, and not RTCP (RFC 7983, RFC 5761 §4). */
static int is_rtp(const uint8_t *datagram, uint32_t size) {
    if (size < HEADER_BYTES || size > HALL_LARGEST_RTP || datagram[0] < 128 || datagram[0] > 191)
        return 0;
    uint32_t kind = datagram[1] & 0x7F;
    return kind < 64 || kind > 95;
}

static void look_at(hall_inbox *inbox, uint32_t index, uint32_t size, int opens) {
    hall_arrival *found = &inbox->arrivals[index];
    uint8_t *datagram = inbox->slots[index];
    found->token = 0;
    found->size = size;
    if (!opens || !is_rtp(datagram, size))
        return;
    key from;
    struct msghdr *header = &inbox->headers[index].msg_hdr;
    if (!key_of(inbox->names[index], header->msg_namelen, get32(datagram + 8), &from))
        return;
    place *known = find(inbox, &from);
    if (known == NULL)
        return;
    int length = (int)size;
    found->token = known->stream.token;
    found->size = 0;
    if (inbox->unprotect((void *)known->stream.session, datagram, &length) != 0 || length <= 0 ||
        (uint32_t)length > size)
        return;
    if (hall_parse(&known->stream, datagram, (uint32_t)length, found))
        found->size = (uint32_t)length;
}

uint32_t hall_inbox_read(hall_inbox *inbox, int opens) {
    int taken = -1;
    for (uint32_t index = 0; index < HALL_BATCH; index++)
        inbox->headers[index].msg_hdr.msg_namelen = NAME_BYTES;
    /* An error is what the kernel has heard of one peer: the others' datagrams still wait. */
    for (int errors = 0; taken < 0 && errors < MOST_ERRORS; errors++) {
        taken = recvmmsg(inbox->fd, inbox->headers, HALL_BATCH, MSG_DONTWAIT, NULL);
        if (taken < 0 && (errno == EAGAIN || errno == EBADF))
            break;
    }
    uint32_t count = taken > 0 ? (uint32_t)taken : 0;
    for (uint32_t index = 0; index < count; index++)
        look_at(inbox, index, inbox->headers[index].msg_len, opens);
    return count;
}

hall_arrival *hall_inbox_arrivals(hall_inbox *inbox) { return inbox->arrivals; }

uint8_t *hall_inbox_slot(hall_inbox *inbox, uint32_t index) {
    return index < HALL_BATCH ? inbox->slots[index] : NULL;
}

uint8_t *hall_inbox_name(hall_inbox *inbox, uint32_t index, uint32_t *size) {
    if (index >= HALL_BATCH)
        return NULL;
    *size = inbox->headers[index].msg_hdr.msg_namelen;
    return inbox->names[index];
}
