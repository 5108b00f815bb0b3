"""VP9 in RTP (RFC 9628 §4.2): the payload descriptor."""

from livehall.media.rtp.scalability import Unit

_HAS_PICTURE, _INTER, _HAS_LAYERS, _FLEXIBLE = 0x80, 0x40, 0x20, 0x10
_BEGINS, _ENDS, _HAS_STRUCTURE = 0x08, 0x04, 0x02
_LONG_PICTURE = 0x80
_MORE, _MOST_REFERENCES = 1, 3  # of a picture, in flexible mode


def parse(payload: bytes) -> Unit | None:
    """The descriptor, or None when the payload is too short for what it announces."""
    try:
        return _parse(payload)
    except IndexError:
        return None


def _parse(payload: bytes) -> Unit:
    first = payload[0]
    position = 1
    picture_at = layer_index_at = -1
    picture = layer_index = spatial = temporal = 0
    picture_long = lifts_temporal = False
    if first & _HAS_PICTURE:
        picture_at, picture = position, payload[position]
        if picture & _LONG_PICTURE:
            picture_long = True
            picture = (picture & 0x7F) << 8 | payload[position + 1]
            position += 1
        position += 1
    if first & _HAS_LAYERS:
        layers = payload[position]
        temporal, lifts_temporal, spatial = layers >> 5, bool(layers & 0x10), layers >> 1 & 7
        position += 1
        if not first & _FLEXIBLE:
            layer_index_at, layer_index = position, payload[position]
            position += 1
    if first & _INTER and first & _FLEXIBLE:
        for _ in range(_MOST_REFERENCES):
            position += 1
            if not payload[position - 1] & _MORE:
                break
    spatial_layers = 0
    if first & _HAS_STRUCTURE:
        spatial_layers = (payload[position] >> 5) + 1
    starts = bool(first & _BEGINS)
    is_intra = not first & _INTER
    return Unit(
        spatial=spatial,
        temporal=temporal,
        starts=starts,
        ends=bool(first & _ENDS),
        is_key=starts and is_intra and spatial == 0,
        lifts_spatial=is_intra,
        lifts_temporal=lifts_temporal,
        spatial_layers=spatial_layers,
        picture_at=picture_at,
        picture_long=picture_long,
        picture=picture,
        layer_index_at=layer_index_at,
        layer_index=layer_index,
    )
