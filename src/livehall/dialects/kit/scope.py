"""A part of the world that operations can be called within."""

from collections.abc import Sequence
from dataclasses import dataclass

from livehall.kernel.faults import Fault


@dataclass(frozen=True, kw_only=True)
class Scope:
    """A second address of operations, below which only one part of the world exists for them.

    The same handlers serve it; the caller is bound to that part (`DialectApp.enter`), and what stands
    elsewhere is not found.
    """

    prefix: str  # in front of the operation's own path; names the part
    parameter: str  # its name in the prefix
    suffix: str  # of the operation's name
    tag: str
    covers: Sequence[str]  # how the paths of the operations begin
    besides: Sequence[str] = ()  # but not these
    raises: Sequence[type[Fault]] = ()  # for a part that is not there
    title: str  # after the summary
    words: str  # in front of the description; `{operation}` is the operation's name

    def takes(self, path: str) -> bool:
        return any(path.startswith(each) for each in self.covers) and not any(
            path.startswith(each) for each in self.besides
        )
