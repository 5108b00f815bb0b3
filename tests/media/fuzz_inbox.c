/* Lets in what nobody should ever send: datagrams and streams at random. Built with the sanitizers, which end it at
   the first byte that is not its own.   fuzz SEED CALLS */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "inbox.h"

#define SENDERS 3

static uint64_t state;

static uint32_t any(uint32_t below) { /* xorshift64* */
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * 0x2545F4914F6CDD1DULL) >> 32) % below;
}

/* As SRTP would: takes the trailer off, sometimes refuses. */
static int unprotect(void *session, void *packet, int *length) {
    (void)packet;
    if (session == NULL || any(20) == 0)
        return 1;
    *length -= (int)any(17);
    return 0;
}

static uint32_t fill(uint8_t *packet, uint32_t most) {
    uint32_t size = any(8) == 0 ? any(most) : any(80);
    for (uint32_t at = 0; at < size; at++)
        packet[at] = (uint8_t)(any(3) == 0 ? any(256) : any(4) * 85);
    if (size > 0 && any(5) != 0)
        packet[0] = (uint8_t)(0x80 | any(64));
    if (size > 1 && any(2) == 0)
        packet[1] = (uint8_t)(96 + any(3));
    for (uint32_t at = 8; at < 12 && at < size; at++)
        packet[at] = at == 11 ? (uint8_t)any(4) : 0;
    if (size > 16 && any(2) == 0)
        memcpy(packet + 12, any(2) == 0 ? "\xBE\xDE\0" : "\x10\0\0", 3), packet[15] = (uint8_t)any(9);
    return size;
}

int main(int count, char **words) {
    if (count != 3)
        return 2;
    state = strtoull(words[1], NULL, 10) * 2 + 1;
    int receiver = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), senders[SENDERS];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, names[SENDERS];
    socklen_t size = sizeof to;
    if (bind(receiver, (struct sockaddr *)&to, size) != 0 || getsockname(receiver, (struct sockaddr *)&to, &size) != 0)
        return 3;
    for (int each = 0; each < SENDERS; each++) {
        size = sizeof *names;
        senders[each] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        if (connect(senders[each], (struct sockaddr *)&to, size) != 0 ||
            getsockname(senders[each], (struct sockaddr *)&names[each], &size) != 0)
            return 4;
    }
    hall_inbox *inbox = hall_inbox_open(receiver, (uintptr_t)unprotect);
    if (inbox == NULL)
        return 5;
    uint64_t seen = 0, opened = 0;
    for (long call = strtol(words[2], NULL, 10); call > 0; call--) {
        uint8_t datagram[3000];
        hall_stream stream = {.name_size = sizeof *names, .ssrc = any(4), .token = any(9), .session = any(9),
                              .kind = (uint8_t)any(4), .payload_type = (uint8_t)(96 + any(3)),
                              .number_id = (uint8_t)any(16), .level_id = (uint8_t)any(16)};
        memcpy(stream.name, &names[any(SENDERS)], sizeof *names);
        if (any(20) == 0)
            stream.name_size = any(100);
        if (any(20) == 0)
            stream.name[0] = (uint8_t)any(256);
        switch (any(6)) {
        case 0:
            hall_inbox_add(inbox, &stream);
            break;
        case 1:
            if (any(8) == 0)
                hall_inbox_remove(inbox, &stream);
            break;
        case 2: { /* a buffer of its own size, so that a byte too far is found */
            uint32_t length = fill(datagram, sizeof datagram);
            uint8_t *exact = malloc(length > 0 ? length : 1);
            hall_arrival found = {0};
            memcpy(exact, datagram, length);
            if (hall_parse(&stream, exact, length, &found) && (found.start > found.end || found.end > length))
                return 6;
            free(exact);
            break;
        }
        case 3: {
            uint32_t read = hall_inbox_read(inbox, any(4) != 0);
            hall_arrival *arrivals = hall_inbox_arrivals(inbox);
            for (uint32_t index = 0; index < read; index++) {
                uint32_t name_size = 0;
                if (hall_inbox_name(inbox, index, &name_size) == NULL || name_size > 28 ||
                    arrivals[index].size > HALL_DATAGRAM_BYTES)
                    return 7;
                seen++;
                opened += arrivals[index].token != 0;
            }
            break;
        }
        default:
            if (send(senders[any(SENDERS)], datagram, fill(datagram, sizeof datagram), 0) < 0)
                break;
        }
    }
    uint32_t none;
    if (hall_inbox_slot(inbox, HALL_BATCH) != NULL || hall_inbox_name(inbox, HALL_BATCH, &none) != NULL)
        return 8;
    hall_inbox_free(inbox);
    return seen > 1000 && opened > 100 ? 0 : 9;
}
