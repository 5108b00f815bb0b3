"""Numbers that wrap around: 16-bit sequences and 32-bit timestamps made continuous."""


def distance(new: int, old: int, bits: int = 16) -> int:
    """Signed steps from `old` to `new`, the shorter way around (RFC 1982)."""
    size = 1 << bits
    delta = (new - old) & (size - 1)
    return delta - size if delta >= size >> 1 else delta


class Unwrapper:
    """Gives each wrapping number its place on a line that never wraps.

    The line begins at the first number itself, so that `unwrapped & 0xFFFF` is always the wire's number;
    one turn is added so that numbers just before the first do not become negative.
    """

    __slots__ = ("_size", "last")

    def __init__(self, bits: int = 16) -> None:
        self._size = 1 << bits
        self.last: int | None = None

    def unwrap(self, number: int) -> int:
        """The place of `number`; `last` is the highest place so far."""
        last = self.last
        if last is None:
            self.last = number + self._size
            return self.last
        steps = (number - last) & (self._size - 1)  # `distance`, for each packet
        if steps >= self._size >> 1:
            return last + steps - self._size
        self.last = last + steps
        return self.last
