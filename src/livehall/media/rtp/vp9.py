"""VP9 in RTP (RFC 9628 §4.2): telling where a decoder may begin."""

_INTER_PREDICTED, _HAS_LAYERS, _HAS_PICTURE, _BEGINS = 0x40, 0x20, 0x80, 0x08
_LONG_PICTURE = 0x80


def starts_key_frame(payload: bytes) -> bool:
    """True for the packet that opens a picture which refers to no other: the lowest spatial layer's first."""
    if len(payload) < 2:
        return False
    first = payload[0]
    if first & _INTER_PREDICTED or not first & _BEGINS:
        return False
    if not first & _HAS_LAYERS:
        return True
    at = 1
    if first & _HAS_PICTURE:
        at += 2 if payload[1] & _LONG_PICTURE else 1
    return at < len(payload) and not payload[at] >> 1 & 7
