"""AV1 in RTP (RTP Payload Format For AV1 1.0, §4.4): telling where a decoder may begin."""

_NEW_SEQUENCE = 0x08  # N: the first packet of a coded video sequence


def starts_key_frame(payload: bytes) -> bool:
    return bool(payload) and payload[0] & _NEW_SEQUENCE != 0
