"""The settings of the APIs beside our own."""

from typing import Annotated

from msgspec import Meta

from livehall.server.settings.fields import Area

Hosts = Annotated[
    tuple[str, ...],
    Meta(
        description="Host names that speak this API alone, without a prefix, for clients that can only "
        "change the host."
    ),
]


class Voila(Area, frozen=True, kw_only=True):
    """The Voilà-compatible API, under `/voila/v1` and `/voila`."""

    hosts: Hosts = ()


class Meltingspot(Area, frozen=True, kw_only=True):
    """The MeltingSpot-compatible API, under `/meltingspot`."""

    hosts: Hosts = ()
    calls_per_10_s: Annotated[
        int, Meta(ge=0, le=1_000_000, description="Calls of one key within ten seconds; 0: no limit.")
    ] = 100
    calls_per_day: Annotated[
        int, Meta(ge=0, le=1_000_000_000, description="Calls of one key within a day; 0: no limit.")
    ] = 50_000


class Sourceloop(Area, frozen=True, kw_only=True):
    """The Sourceloop-compatible API, under `/sourceloop`."""

    hosts: Hosts = ()
