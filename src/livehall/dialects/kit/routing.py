"""Which routes a path can be of: an API of hundreds is not gone through one by one for each call.

Three parts of a route's path are looked at, the first, the third and the fifth, where they are fixed words;
with the number of parts that leaves a few candidates. Which of them it is, and by which method, they say
themselves.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import product

from starlette.routing import compile_path
from starlette.types import Scope

from livehall.dialects.kit.route import Route

Key = tuple[int, str | None, str | None, str | None]
LOOKED_AT = (1, 3, 5)  # of `/libraries/{library_id}/sessions/{id}/chat`, whose part 0 is empty
SPANNING = re.compile(r"{\w+:path}")  # takes any number of parts


class Door:
    """One address of an operation."""

    __slots__ = ("_convertors", "_regex", "methods", "path", "route")

    def __init__(self, route: Route, base: str) -> None:
        self.route, self.path = route, base + route.path
        self.methods = {route.verb, "HEAD"} if route.verb == "GET" else {route.verb}
        self._regex, _, self._convertors = compile_path(self.path)

    def params(self, path: str) -> dict[str, object] | None:
        """What stands in the path where the route has a name; None for another path."""
        found = self._regex.match(path)
        if found is None:
            return None
        return {name: self._convertors[name].convert(value) for name, value in found.groupdict().items()}


class Table:
    def __init__(self, routes: Sequence[Door]) -> None:
        """`routes`: in the order in which they are asked."""
        self._routes = routes
        self._by_key: dict[Key, list[int]] = defaultdict(list)
        self._always: list[int] = []
        for number, route in enumerate(routes):
            if SPANNING.search(route.path):
                self._always.append(number)
            else:
                self._by_key[_key_of(route.path)].append(number)
        self._longest = max((key[0] for key in self._by_key), default=0)
        self._first, self._third, self._fifth = (
            {key[place] for key in self._by_key} for place in range(1, 1 + len(LOOKED_AT))
        )
        self._found: dict[Key, list[Door]] = {}  # by what paths have in the places of fixed words

    def candidates(self, path: str) -> list[Door]:
        """Routes that may be meant, in their order."""
        parts = path.split("/")
        length = len(parts)
        first = parts[1] if length > 1 and parts[1] in self._first else None
        third = parts[3] if length > 3 and parts[3] in self._third else None
        fifth = parts[5] if length > 5 and parts[5] in self._fifth else None
        key = (min(length, self._longest + 1), first, third, fifth)
        found = self._found.get(key)
        return found if found is not None else self._look_up(key)

    def _look_up(self, key: Key) -> list[Door]:
        """Once for each of the keys that there can be: as many as words of ours make."""
        length, first, third, fifth = key
        numbers = set(self._always)
        for words in product((first, None), (third, None), (fifth, None)):
            numbers.update(self._by_key.get((length, *words), ()))
        found = self._found[key] = [self._routes[number] for number in sorted(numbers)]
        return found


def _key_of(path: str) -> Key:
    parts = path.split("/")
    first, third, fifth = (
        parts[at] if at < len(parts) and "{" not in parts[at] else None for at in LOOKED_AT
    )
    return len(parts), first, third, fifth


def path_within(scope: Scope) -> str:
    """The path below the place where the app is mounted."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path
