/*
 * drain.c: empties the UDP sockets of many RTP receivers with few system calls.
 *
 * Received RTP is only counted, per client and per stream (SSRC).  Everything that
 * needs an answer (STUN, DTLS, RTCP) and one RTP packet in `sample_every` is copied
 * out, with the time at which the kernel received it, for the caller to look at.
 *
 * The structures are mirrored by drain.py; client_size() lets it check that both agree.
 */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 64            /* datagrams asked for in one recvmmsg() */
#define ROUNDS 8            /* batches taken from one socket before the next has its turn */
#define DATAGRAM_BYTES 2048
#define MAX_STREAMS 64      /* streams counted per client */
#define RECORD_HEADER 16    /* u32 client, u32 length, u64 receive time in ns */

typedef struct {
    uint32_t ssrc;
    uint32_t payload_type;
    uint32_t first_seq;     /* first sequence number + 65536 */
    uint32_t highest_seq;   /* highest one, counted on over wrap-arounds, + 65536 */
    uint64_t packets;
    uint64_t bytes;         /* datagram bytes (RTP header, extensions, payload, SRTP tag) */
    uint64_t first_ns;      /* when the first packet with media came: ns since 1970 */
    uint64_t padded;        /* packets with the RTP padding bit: probes, never sent by our publishers */
} stream_t;

typedef struct {
    int32_t fd;             /* -1: not connected yet */
    uint32_t stream_count;
    uint64_t rtp_packets;
    uint64_t rtcp_packets;
    stream_t streams[MAX_STREAMS];
} client_t;

static uint8_t datagrams[BATCH][DATAGRAM_BYTES];
static char control[BATCH][64];
static struct mmsghdr messages[BATCH];
static struct iovec vectors[BATCH];

int client_size(void)
{
    return sizeof(client_t);
}

static uint64_t receive_time_ns(struct msghdr *header)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
            struct timespec t;
            memcpy(&t, CMSG_DATA(c), sizeof t);
            return t.tv_sec * 1000000000ull + t.tv_nsec;
        }
    }
    return 0;
}

static stream_t *find_stream(client_t *client, uint32_t ssrc)
{
    for (uint32_t i = 0; i < client->stream_count; i++) {
        if (client->streams[i].ssrc == ssrc)
            return &client->streams[i];
    }
    return NULL;
}

static stream_t *add_stream(client_t *client, uint32_t ssrc, uint32_t payload_type, uint32_t seq)
{
    if (client->stream_count == MAX_STREAMS)
        return NULL;
    stream_t *stream = &client->streams[client->stream_count++];
    memset(stream, 0, sizeof *stream);
    stream->ssrc = ssrc;
    stream->payload_type = payload_type;
    stream->first_seq = stream->highest_seq = seq + 65536;
    return stream;
}

/* Counts one RTP packet; returns whether it is one of the sampled ones. */
static int count_rtp(client_t *client, const uint8_t *d, uint32_t length, struct msghdr *header, int sample_every)
{
    uint32_t seq = (d[2] << 8) | d[3];
    uint32_t ssrc = ((uint32_t)d[8] << 24) | (d[9] << 16) | (d[10] << 8) | d[11];
    client->rtp_packets++;
    stream_t *stream = find_stream(client, ssrc);
    if (!stream)
        stream = add_stream(client, ssrc, d[1] & 127, seq);
    if (!stream)
        return 0;
    stream->packets++;
    stream->bytes += length;
    if (d[0] & 0x20)
        stream->padded++;
    else if (!stream->first_ns)
        stream->first_ns = receive_time_ns(header);
    uint16_t ahead = (uint16_t)(seq - (stream->highest_seq & 0xffff));
    if (ahead < 0x8000)
        stream->highest_seq += ahead;
    return sample_every && stream->packets % sample_every == 0;
}

/* Counts or copies one datagram; returns the number of bytes put into `out`. */
static int take(client_t *client, uint32_t index, int slot, uint8_t *out, int room, int sample_every)
{
    struct msghdr *header = &messages[slot].msg_hdr;
    const uint8_t *d = datagrams[slot];
    uint32_t length = messages[slot].msg_len;
    int wanted = 1;
    if (length == 0)
        return 0;
    if (d[0] > 127 && length < 12)
        return 0;
    if (d[0] > 127 && d[0] < 192) {
        uint32_t type = d[1] & 127;
        if (type >= 64 && type < 96)
            client->rtcp_packets++;
        else
            wanted = count_rtp(client, d, length, header, sample_every);
    }
    int record = RECORD_HEADER + (int)((length + 7) & ~7u);
    if (!wanted || record > room)
        return 0;
    uint32_t head[2] = {index, length};
    uint64_t ns = receive_time_ns(header);
    memcpy(out, head, 8);
    memcpy(out + 8, &ns, 8);
    memcpy(out + RECORD_HEADER, d, length);
    return record;
}

/*
 * Empties the sockets of `count` clients.  Returns the bytes written to `out`: records of
 * u32 client, u32 length, u64 receive time (ns since 1970), the datagram padded to 8 bytes.
 */
int drain(client_t *clients, int count, uint8_t *out, int capacity, int sample_every)
{
    int used = 0;
    for (int i = 0; i < count; i++) {
        if (clients[i].fd < 0)
            continue;
        for (int round = 0; round < ROUNDS; round++) {
            for (int k = 0; k < BATCH; k++) {
                vectors[k].iov_base = datagrams[k];
                vectors[k].iov_len = DATAGRAM_BYTES;
                messages[k].msg_hdr = (struct msghdr){
                    .msg_iov = &vectors[k], .msg_iovlen = 1,
                    .msg_control = control[k], .msg_controllen = sizeof control[k]};
            }
            int received = recvmmsg(clients[i].fd, messages, BATCH, MSG_DONTWAIT, NULL);
            if (received <= 0)
                break;
            for (int k = 0; k < received; k++)
                used += take(&clients[i], i, k, out + used, capacity - used, sample_every);
            if (received < BATCH)
                break;
        }
    }
    return used;
}
