/* One packet to many peers. Declarations only: read by the C compiler and by cffi alike. */

#define HALL_INTERFACE 2        /* changes with anything below */
#define HALL_SLOTS 2048         /* datagrams that wait for one flush */
#define HALL_SLOT_BYTES 1792    /* a packet and SRTP's trailer of at most 144 bytes */
#define HALL_LARGEST_PACKET 1600
#define HALL_NAME_BYTES 28      /* sockaddr_in6 */
#define HALL_NUMBER_AT 17       /* of a transport-wide number in a packet that has one */

/* libsrtp's `srtp_protect`: encrypts in place, changes the length, returns 0 when done. */
typedef int (*hall_protect)(void *session, void *packet, int *length);

/* Where datagrams go. `turn` and `message` are the outbox's. */
typedef struct {
    uint8_t name[28];
    uint32_t name_size;
    uint32_t message;
    uint64_t turn;
} hall_peer;

/* What was sent with transport-wide numbers; the arrays have `mask` + 1 places, a power of two. */
typedef struct {
    double *times;
    uint16_t *sizes;
    uint16_t *numbers;
    uint16_t *next;
    uint32_t mask;
} hall_log;

/* One subscriber's copy of one stream. Shifts are added modulo the width of their field. */
typedef struct {
    uintptr_t session; /* libsrtp's; 0: nothing is sent */
    hall_peer *peer;
    hall_log *log; /* NULL: without transport-wide numbers */
    int64_t first; /* unwrapped number before which nothing is sent */
    uint64_t packets;
    uint64_t octets;
    uint32_t ssrc;
    uint32_t timestamp_shift;
    uint16_t sequence_shift;
    uint16_t picture_shift;
    uint8_t layer_index_shift;
    uint8_t is_moved; /* counters within the payload need rewriting */
} hall_lane;

typedef struct hall_box hall_box;

/* NULL without memory. `joins`: datagrams of one size to one peer may leave as one message (UDP_SEGMENT). */
hall_box *hall_open(int fd, uintptr_t protect, int joins);
void hall_free(hall_box *box);

/* What waits is forgotten, and nothing is sent from now on. */
void hall_close(hall_box *box);

/* Queue one packet. `number` below 0: none. */
void hall_send(hall_box *box, const uint8_t *body, uint32_t size, uint16_t sequence, uint32_t timestamp,
               uint32_t ssrc, int32_t number, uintptr_t session, hall_peer *peer);

/* Queue one packet for each lane. `number`, `sequence` and `timestamp` are the publisher's, positions are
   bytes from the start of `body` (below 0: absent), `octets` is what a sender report counts. */
void hall_fan_out(hall_box *box, hall_lane **lanes, uint32_t count, const uint8_t *body, uint32_t size,
                  int64_t number, uint16_t sequence, uint32_t timestamp, uint32_t octets, double arrived,
                  int32_t picture_at, int picture_is_long, uint32_t picture, int32_t layer_index_at,
                  uint32_t layer_index);

/* Hand everything queued to the kernel. */
void hall_flush(hall_box *box);

uint32_t hall_waiting(const hall_box *box);
uint64_t hall_sent(const hall_box *box);
uint64_t hall_dropped(const hall_box *box);
