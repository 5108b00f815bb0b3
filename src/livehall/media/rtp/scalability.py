"""What one packet says of spatial and temporal layers, whichever codec it is of."""

from typing import NamedTuple


class Unit(NamedTuple):
    """Of VP9 it tells, too, where the counters are; positions are bytes from the start of the payload, -1
    means absent."""

    spatial: int
    temporal: int
    starts: bool  # this frame, which is one spatial layer of a picture
    ends: bool
    is_key: bool  # opens a picture that refers to no other one
    lifts_spatial: bool  # the frame refers to nothing before its picture: its layer may be begun here
    lifts_temporal: bool  # nothing of higher temporal layers after it refers to what was before it
    spatial_layers: int = 0  # of the stream, where this packet tells; else 0
    picture_at: int = -1
    picture_long: bool = False  # 15 bits instead of 7
    picture: int = 0
    layer_index_at: int = -1  # TL0PICIDX
    layer_index: int = 0
    dependency: bytes = b""  # the extension that said all this, if one did
