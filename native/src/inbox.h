/* Many datagrams in. Declarations only: read by the C compiler and by cffi alike. */

#define HALL_BATCH 16              /* datagrams of one reading */
#define HALL_DATAGRAM_BYTES 2048   /* what is longer is cut off */
#define HALL_LARGEST_RTP 1500      /* larger is no sane path MTU: left as it came */
#define HALL_STREAMS 8192          /* places; a stream for which there is none is left to the caller */

/* What is looked for in the packets of a stream beside its header. */
#define HALL_OPAQUE 0 /* nothing: each is a key */
#define HALL_VP8 1
#define HALL_H264 2

/* libsrtp's `srtp_unprotect`: checks and decrypts in place, changes the length, returns 0 when done. */
typedef int (*hall_unprotect)(void *session, void *packet, int *length);

/* A stream that is expected from an address. */
typedef struct {
    uint8_t name[28]; /* sockaddr_in or sockaddr_in6 */
    uint32_t name_size;
    uint32_t ssrc;
    uint32_t token;      /* not 0: what its packets are called */
    uintptr_t session;   /* libsrtp's */
    uint8_t kind;        /* HALL_OPAQUE, … */
    uint8_t payload_type; /* in other packets nothing is looked for */
    uint8_t number_id;   /* of header extensions: the transport-wide number, the audio level; 0: none */
    uint8_t level_id;
} hall_stream;

/* One datagram. Positions are bytes from the start of the payload; below 0: absent. Read as one piece by
   `ARRIVAL` of livehall.media.net.inbox: no padding. */
typedef struct {
    uint32_t token;     /* of the stream; 0: as it came, from the address of its name */
    uint32_t size;      /* bytes in its slot; 0: nothing */
    uint32_t timestamp;
    int32_t number;     /* transport-wide; below 0: none */
    uint16_t sequence;
    uint16_t start, end; /* of the payload */
    int16_t level;      /* as it stands in the extension; below 0: none */
    int16_t picture_at; /* VP8's picture id and TL0PICIDX */
    uint16_t picture;
    int16_t layer_index_at;
    uint8_t layer_index;
    uint8_t second;     /* byte of the header: marker and payload type */
    uint8_t is_described; /* VP8: it has a whole descriptor */
    uint8_t starts_frame, is_key, picture_is_long;
} hall_arrival;

typedef struct hall_inbox hall_inbox;

/* NULL without memory. */
hall_inbox *hall_inbox_open(int fd, uintptr_t unprotect);
void hall_inbox_free(hall_inbox *inbox);

/* 1 when its packets are taken from now on, 0 when there is no place. One that is known is replaced. */
int hall_inbox_add(hall_inbox *inbox, const hall_stream *stream);
void hall_inbox_remove(hall_inbox *inbox, const hall_stream *stream);

/* Read what waits, HALL_BATCH at most; fewer: no more waits. With `opens` packets of known streams are
   decrypted; those that are forged, repeated or damaged have size 0. Overwrites what was read before. */
uint32_t hall_inbox_read(hall_inbox *inbox, int opens);

hall_arrival *hall_inbox_arrivals(hall_inbox *inbox); /* HALL_BATCH of them */
uint8_t *hall_inbox_slot(hall_inbox *inbox, uint32_t index); /* HALL_DATAGRAM_BYTES */
uint8_t *hall_inbox_name(hall_inbox *inbox, uint32_t index, uint32_t *size); /* whence it came */

/* Find the fields of a packet in the clear, as `read` does. 0 when it is not RTP, or promises more bytes than
   it has. */
int hall_parse(const hall_stream *stream, const uint8_t *packet, uint32_t size, hall_arrival *found);
