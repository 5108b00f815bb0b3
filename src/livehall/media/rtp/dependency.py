"""The dependency descriptor (RTP Payload Format For AV1 1.0, appendix A): a header extension by which frames
can be chosen without a look into their payload.

Key frames carry a structure: templates of frames, and for each how it stands to the decode targets, which are
the pictures that one can want. Other packets name a template only, so whoever reads them keeps the structure.
"""

from typing import NamedTuple

from livehall.media.rtp.scalability import Unit

SWITCH = 2  # a template's indication for a target: who can decode this frame may begin with the target here
_ABSENT = 0
_SHORT = 3  # bytes of a descriptor that names a template and a frame number only
_IDS = 64
_MOST_LAYERS = 8  # spatial ones, and temporal ones; the standard allows 4 and 8


class Template(NamedTuple):
    spatial: int
    temporal: int
    indications: tuple[int, ...]  # one for each decode target
    differences: tuple[int, ...]  # back to the frames that it refers to, in frame numbers


class Structure(NamedTuple):
    first_id: int
    templates: tuple[Template, ...]
    targets: tuple[tuple[int, int], ...]  # highest spatial and temporal layer of each decode target
    chains: int

    @property
    def spatial_layers(self) -> int:
        return max(template.spatial for template in self.templates) + 1


class Descriptor(NamedTuple):
    unit: Unit
    frame: int  # 16-bit number
    structure: Structure  # to be kept for the packets that follow


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data)
        self._left = len(data) * 8

    def take(self, count: int) -> int:
        """Raises: IndexError when there are not so many."""
        self._left -= count
        if self._left < 0:
            raise IndexError
        return self._value >> self._left & (1 << count) - 1

    def below(self, limit: int) -> int:
        """A number from 0 to `limit` - 1 in as few bits as the standard's `ns(n)`."""
        width = limit.bit_length()
        short = (1 << width) - limit
        value = self.take(width - 1)
        return value if value < short else (value << 1) - short + self.take(1)


def parse(data: bytes, known: Structure | None) -> Descriptor | None:
    """`known` is the structure of the packets before; None when the extension makes no sense, or needs a
    structure that has not been seen."""
    try:
        return _parse(data, known)
    except IndexError:
        return None


def _parse(data: bytes, structure: Structure | None) -> Descriptor | None:
    bits = _Bits(data)
    starts, ends, template_id, frame = bits.take(1), bits.take(1), bits.take(6), bits.take(16)
    has_structure = has_targets = own_indications = own_differences = 0
    if len(data) > _SHORT:
        has_structure, has_targets = bits.take(1), bits.take(1)
        own_indications, own_differences, _ = bits.take(1), bits.take(1), bits.take(1)
    if has_structure:
        structure = _structure(bits)
    if structure is None:
        return None
    if has_targets:
        bits.take(len(structure.targets))
    template = structure.templates[(template_id - structure.first_id) % _IDS]
    indications, differences = template.indications, template.differences
    if own_indications:
        indications = tuple(bits.take(2) for _ in structure.targets)
    if own_differences:
        differences = _own_differences(bits)
    unit = Unit(
        spatial=template.spatial,
        temporal=template.temporal,
        starts=bool(starts),
        ends=bool(ends),
        is_key=bool(starts and has_structure and not differences and not template.spatial),
        # Within a picture a layer refers to the one below it, which is the frame before.
        lifts_spatial=all(difference <= template.spatial for difference in differences),
        lifts_temporal=_lifts_temporal(template, indications, structure.targets),
        spatial_layers=structure.spatial_layers if has_structure else 0,
        dependency=data,
    )
    return Descriptor(unit, frame, structure)


def _lifts_temporal(
    template: Template, indications: tuple[int, ...], targets: tuple[tuple[int, int], ...]
) -> bool:
    higher = [
        indication
        for indication, (spatial, temporal) in zip(indications, targets, strict=True)
        if spatial == template.spatial and temporal > template.temporal
    ]
    return bool(higher) and all(indication == SWITCH for indication in higher)


def _own_differences(bits: _Bits) -> tuple[int, ...]:
    found = []
    while size := bits.take(2):
        found.append(bits.take(4 * size) + 1)
    return tuple(found)


def _structure(bits: _Bits) -> Structure | None:
    first_id, count = bits.take(6), bits.take(5) + 1
    layers = _layers(bits)
    if layers is None:
        return None
    indications = [tuple(bits.take(2) for _ in range(count)) for _ in layers]
    differences = [_differences(bits) for _ in layers]
    chains = bits.below(count + 1)
    if chains:
        for _ in range(count):
            bits.below(chains)
        for _ in range(len(layers) * chains):
            bits.take(4)
    targets = tuple(_target(index, layers, indications) for index in range(count))
    if bits.take(1):
        for _ in range(layers[-1][0] + 1):
            bits.take(32)  # width and height of each spatial layer
    templates = tuple(
        Template(*layer, own, back) for layer, own, back in zip(layers, indications, differences, strict=True)
    )
    return Structure(first_id, templates, targets, chains)


def _layers(bits: _Bits) -> list[tuple[int, int]] | None:
    """Spatial and temporal layer of each template; None when there are too many."""
    spatial = temporal = 0
    layers = [(0, 0)]
    while (step := bits.take(2)) != 3:
        if step == 1:
            temporal += 1
        elif step == 2:
            spatial, temporal = spatial + 1, 0
        layers.append((spatial, temporal))
        if len(layers) > _IDS or max(spatial, temporal) >= _MOST_LAYERS:
            return None
    return layers


def _differences(bits: _Bits) -> tuple[int, ...]:
    found = []
    while bits.take(1):
        found.append(bits.take(4) + 1)
    return tuple(found)


def _target(index: int, layers: list[tuple[int, int]], indications: list[tuple[int, ...]]) -> tuple[int, int]:
    present = [layer for layer, own in zip(layers, indications, strict=True) if own[index] != _ABSENT]
    return max((s for s, _ in present), default=0), max((t for _, t in present), default=0)
