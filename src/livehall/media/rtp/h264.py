"""H.264 in RTP (RFC 6184): telling where a decoder may begin."""

_IDR, _SPS = 5, 7
_STAP_A, _FU_A = 24, 28


def starts_key_frame(payload: bytes) -> bool:
    """True for the packet that opens an IDR picture: its parameter set, or its first slice."""
    if not payload:
        return False
    kind = payload[0] & 0x1F
    if kind in (_IDR, _SPS):
        return True
    if kind == _FU_A:
        return len(payload) > 1 and payload[1] & 0x80 != 0 and payload[1] & 0x1F in (_IDR, _SPS)
    if kind == _STAP_A:
        position = 1
        while position + 2 < len(payload):
            size = (payload[position] << 8) | payload[position + 1]
            if payload[position + 2] & 0x1F in (_IDR, _SPS):
                return True
            position += 2 + size
    return False
