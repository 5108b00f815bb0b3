"""What `prepare --demo` answers to `serve`."""

import msgspec


class DemoLinks(msgspec.Struct, frozen=True, kw_only=True):
    sign_in: str
    room: str
