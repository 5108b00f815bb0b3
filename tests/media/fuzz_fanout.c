/* Calls the inner loop with what no caller should ever say: sizes, positions and numbers at random. Built with
   the sanitizers, which end it at the first byte that is not its own.   fuzz SEED CALLS */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fanout.h"

#define LANES 40
#define RECEIVERS 5
#define LOG 64

static uint64_t state;

static uint32_t any(uint32_t below) { /* xorshift64* */
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * 0x2545F4914F6CDD1DULL) >> 32) % below;
}

/* As SRTP would: changes everything, adds a trailer, sometimes refuses. */
static int protect(void *session, void *packet, int *length) {
    int trailer = (int)any(4) == 0 ? 144 : (int)any(20);
    if (session == NULL || any(50) == 0)
        return 1;
    memset((uint8_t *)packet + *length, 0xEE, (size_t)trailer);
    *length += trailer;
    return 0;
}

int main(int count, char **words) {
    if (count != 3)
        return 2;
    state = strtoull(words[1], NULL, 10) * 2 + 1;
    int sender = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), receivers[RECEIVERS];
    hall_peer peers[RECEIVERS + 1];
    memset(peers, 0, sizeof peers);
    for (int each = 0; each < RECEIVERS; each++) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof address;
        receivers[each] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        if (bind(receivers[each], (struct sockaddr *)&address, size) != 0 ||
            getsockname(receivers[each], (struct sockaddr *)&address, &size) != 0)
            return 3;
        memcpy(peers[each].name, &address, size);
        peers[each].name_size = size;
    }
    memset(&peers[RECEIVERS], 0xFF, sizeof *peers); /* nonsense: must be refused, not read */
    static double times[LOG];
    static uint16_t sizes[LOG], numbers[LOG], next[1];
    hall_log log = {times, sizes, numbers, next, LOG - 1};
    hall_lane lanes[LANES], *all[LANES];
    for (int each = 0; each < LANES; each++) {
        all[each] = &lanes[each];
        lanes[each] = (hall_lane){
            .session = any(10) > 0, .peer = &peers[any(RECEIVERS + 1)], .log = any(2) ? &log : NULL,
            .first = any(1000), .ssrc = any(1u << 31), .is_moved = any(2) != 0,
            .sequence_shift = (uint16_t)any(65536), .picture_shift = (uint16_t)any(65536)};
    }
    hall_box *box = hall_open(sender, (uintptr_t)protect, any(8) != 0);
    for (long left = strtol(words[2], NULL, 10); left > 0; left--) {
        uint32_t size = any(4) == 0 ? any(3000) : any(40);
        uint8_t *body = malloc(size + 1); /* of exactly this size, so that a read beyond it is seen */
        memset(body, 0x5A, size);
        if (any(3) == 0)
            hall_send(box, body, size, (uint16_t)any(65536), any(1u << 31), any(1u << 31),
                      (int32_t)any(4) - 1, any(10) > 0, &peers[any(RECEIVERS + 1)]);
        else
            hall_fan_out(box, all, any(LANES + 1), body, size, any(2000), (uint16_t)any(65536), any(1u << 31),
                         size, 1.0, any(5) == 0 ? INT32_MAX - (int32_t)any(3) : (int32_t)any(4000) - 1000,
                         (int)any(2), any(1u << 31), any(5) == 0 ? INT32_MIN : (int32_t)any(4000) - 1000,
                         any(1u << 31));
        free(body);
        if (any(30) == 0)
            hall_flush(box);
        if (any(100) == 0)
            for (int each = 0; each < RECEIVERS; each++)
                while (recv(receivers[each], (uint8_t[4096]){0}, 4096, 0) > 0)
                    ;
        if (left % 5000 == 0) {
            hall_close(box);
            hall_flush(box);
            hall_free(box);
            box = hall_open(sender, (uintptr_t)protect, any(8) != 0);
            for (int each = 0; each <= RECEIVERS; each++)
                peers[each].turn = any(3);
        }
    }
    printf("%llu sent\n", (unsigned long long)hall_sent(box));
    hall_free(box);
    return 0;
}
