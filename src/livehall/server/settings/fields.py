"""How a setting is declared: a field of a frozen struct, with all about it."""

import typing
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

PREFIX = "LIVEHALL_"

Port = Annotated[int, Meta(ge=0, le=65535)]


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one part. Its `repr` never shows a secret."""

    def __repr__(self) -> str:
        shown = ((f.name, "…" if f.is_secret else getattr(self, f.name)) for f in fields_of(type(self)))
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in shown)})"


class Field(NamedTuple):
    """One setting as it is declared."""

    area: str
    name: str
    type: Any  # the annotation, bounds included, as msgspec converts it
    default: Any
    help: str
    unit: str
    is_secret: bool

    @property
    def variable(self) -> str:
        """`http` and `store` are what most people set: their variables carry no area."""
        area = "" if self.area in {"http", "store"} else f"{self.area.upper()}_"
        return f"{PREFIX}{area}{self.name.upper()}"

    @property
    def key(self) -> str:
        return f"{self.area}.{self.name}"


def fields_of(struct: type[Area], area: str = "") -> Iterator[Field]:
    """The fields of one area, in the order of declaration."""
    hints = typing.get_type_hints(struct, include_extras=True)
    for info in msgspec.structs.fields(struct):
        metas = [m for m in getattr(hints[info.name], "__metadata__", ()) if isinstance(m, Meta)]
        extra = {key: value for meta in metas for key, value in (meta.extra or {}).items()}
        yield Field(
            area=area,
            name=info.name,
            type=hints[info.name],
            default=info.default,
            help=next((m.description for m in metas if m.description), ""),
            unit=str(extra.get("unit", "")),
            is_secret=bool(extra.get("secret", False)),
        )
