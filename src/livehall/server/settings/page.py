"""The documentation page of all settings, written from their declarations.

`python -m livehall.server.settings.page > docs/operate/settings.md`; a test compares the two.
"""

import typing
from collections.abc import Iterator

import msgspec

from livehall.server.settings.areas import all_fields, areas
from livehall.server.settings.fields import Field
from livehall.server.settings.reading import CONFIG_NAME, CONFIG_VARIABLE

HEAD = f"""# Settings

Every setting has a default that works on one machine. Give others as environment variables, or as keys of a
TOML file: the file that `{CONFIG_VARIABLE}` names, else `{CONFIG_NAME}` in the data directory. The
environment wins. An unknown variable that begins with `LIVEHALL_`, or an unknown key, stops the start and
names the nearest known one. Lists are written with commas in the environment and as arrays in the file.

A secret may also stand in a file of its own: `LIVEHALL_DATABASE_URL_FILE=/run/secrets/database_url`.

```toml
# {CONFIG_NAME}
[http]
host = "0.0.0.0"
public_url = "https://live.example.org"

[media]
advertise = ["203.0.113.7"]
```
"""


def markdown() -> str:
    """The whole page."""
    parts = [HEAD]
    for area, struct in areas().items():
        parts.append(f"## `[{area}]`\n\n{(struct.__doc__ or '').strip()}\n")
        parts.append("| Variable | Key | Value | Default | What it is |\n|---|---|---|---|---|")
        parts.append("\n".join(_row(field) for field in all_fields() if field.area == area) + "\n")
    return "\n".join(parts)


def _row(field: Field) -> str:
    default = ",".join(field.default) if isinstance(field.default, tuple) else str(field.default)
    shown = f"`{default}`" if default else "none"
    return f"| `{field.variable}` | `{field.name}` | {_kind(field)} | {shown} | {field.help} |"


def _kind(field: Field) -> str:
    """Type, unit and bounds in a few words."""
    kind = msgspec.inspect.type_info(field.type)
    while isinstance(kind, msgspec.inspect.Metadata):
        kind = kind.type
    secret = ", secret" if field.is_secret else ""
    match kind:
        case msgspec.inspect.LiteralType():
            return "one of " + ", ".join(f"`{choice}`" for choice in _choices(field))
        case msgspec.inspect.IntType(ge=low, le=high):
            bounds = f" {low}–{high}" if high is not None else f" from {low}" if low is not None else ""
            return f"{field.unit or 'number'}{bounds}"
        case msgspec.inspect.CollectionType():
            return f"list{secret}"
        case _:
            return f"text{secret}"


def _choices(field: Field) -> Iterator[str]:
    """In the order of declaration, which msgspec's description does not keep."""
    inner = typing.get_args(field.type)[0]
    yield from (str(choice) for choice in typing.get_args(inner))


if __name__ == "__main__":
    print(markdown(), end="")  # noqa: T201 - the page goes to standard output
