"""The formats that events are told in, by the dialects that write them."""

from collections.abc import Mapping, Sequence

from livehall.core.ports.webhooks import Writer
from livehall.core.webhooks.model import Format
from livehall.kernel.faults import invalid


class Formats:
    def __init__(self, writers: Mapping[Format, Writer]) -> None:
        self._writers = writers

    def __getitem__(self, name: Format) -> Writer:
        return self._writers[name]

    @property
    def names(self) -> Sequence[Format]:
        return tuple(self._writers)

    @property
    def sources(self) -> list[str]:
        """The types of the journal that any of them writes of."""
        return sorted({each for writer in self._writers.values() for each in writer.sources})

    def check(self, name: Format, types: Sequence[str]) -> list[str]:
        """The types once each. Raises: Invalid, for one that the format does not have."""
        for at, each in enumerate(types):
            if each not in self._writers[name].types:
                raise invalid(f"event_types[{at}]", f"There is no event {each!r} in this format.")
        return list(dict.fromkeys(types))
