"""What the generator reads in the OpenAPI document: schemas as Python types, operations as calls."""

import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

Schema = Mapping[str, Any]

TWIN_SUFFIX = "InLibrary"
TWIN_PREFIX = "/libraries/{library_id}"
CREDENTIALS = frozenset(
    {"bearerAuth", "apiKey"}
)  # what people and programs have; the rest is between servers
UPLOADED = "application/octet-stream"  # a body that is a file
SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def snake(name: str) -> str:
    """A name as Python writes it; one of Python's own words gets an underscore."""
    found = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    return f"{found}_" if keyword.iskeyword(found) else found


def reference(schema: Schema) -> str | None:
    return schema["$ref"].rpartition("/")[2] if "$ref" in schema else None


def python_type(schema: Schema, models: str = "", *, given: bool = False) -> str:
    """The annotation for a schema. `models` stands before names of structs; `given` is for arguments."""
    if name := reference(schema):
        return models + name
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(python_type(each, models, given=given) for each in schema["anyOf"]))
    if "enum" in schema:
        return f"Literal[{', '.join(map(repr, schema['enum']))}]"
    match schema.get("type"):
        case "array":
            inner = python_type(schema["items"], models, given=given)
            return f"Sequence[{inner}]" if given else f"list[{inner}]"
        case "object":
            more = schema.get("additionalProperties")
            inner = python_type(more, models, given=given) if isinstance(more, Mapping) else "Any"
            return f"Mapping[str, {inner}]" if given else f"dict[str, {inner}]"
        case "string" if schema.get("format") == "date-time":
            return "datetime"
        case str() as kind:
            return SCALARS[kind]
        case None:
            return "Any"
    raise ValueError(f"No Python type for {schema!r}.")


def nullable(schema: Schema) -> bool:
    return {"type": "null"} in schema.get("anyOf", ())


def words_of(schema: Schema) -> str:
    """The description of a schema, also where it stands in its only choice beside null."""
    for each in (schema, *schema.get("anyOf", ())):
        if "description" in each:
            return str(each["description"])
    return ""


@dataclass(frozen=True)
class Operation:
    """One operation. `twin` is whether the same exists within a library."""

    id: str
    verb: str
    path: str
    raw: Schema
    body: Schema | None
    twin: bool

    @property
    def name(self) -> str:
        return snake(self.id)

    @property
    def path_arguments(self) -> dict[str, str]:
        """The path's parameters, with their names as arguments: `/rooms/{id}` takes a `room_id`."""
        parts = self.path.split("/")
        found = {}
        for before, part in pairwise(parts):
            if part.startswith("{"):
                name = part.strip("{}")
                found[name] = f"{singular(before)}_id" if name == "id" else name
        return found

    @property
    def query(self) -> list[Schema]:
        return [each for each in self.raw["parameters"] if each["in"] == "query"]

    def takes(self, header: str) -> bool:
        return any(each["in"] == "header" and each["name"] == header for each in self.raw["parameters"])

    @property
    def answer(self) -> Schema | None:
        """The schema of the data; None for no answer and for a file."""
        content = self._success.get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        found: Schema | None = schema.get("properties", {}).get("data")
        return found

    @property
    def streamed(self) -> bool:
        content = self._success.get("content", {})
        return any(each["schema"].get("format") == "binary" for each in content.values())

    @property
    def uploads(self) -> bool:
        return UPLOADED in self.raw.get("requestBody", {}).get("content", {})

    @property
    def words(self) -> str:
        """Summary and description."""
        summary = str(self.raw["summary"]).rstrip(".") + "."
        return "\n\n".join(filter(None, [summary, self.raw.get("description", "")]))

    @property
    def _success(self) -> Schema:
        responses: Schema = self.raw["responses"]
        return next(responses[status] for status in sorted(responses) if status.startswith("2"))


def singular(segment: str) -> str:
    word = segment.replace("-", "_")
    return word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")


def operations(document: Schema) -> list[Operation]:
    """What a client calls, in the order of the document.

    A twin is told by the operation that it repeats. One that takes less in its query comes of its own, before
    the whole operation that overrides it.
    """
    everything = list(_raw(document))
    twins = {raw["operationId"]: raw for path, _, raw in everything if path.startswith(TWIN_PREFIX)}
    found = []
    for path, verb, raw in everything:
        name = raw["operationId"]
        if name.endswith(TWIN_SUFFIX) or not _for_clients(raw):
            continue
        operation = Operation(name, verb.upper(), path, raw, _body(document, raw), twin=False)
        twin = twins.get(name + TWIN_SUFFIX)
        if twin is not None:
            kept = [each for each in raw["parameters"] if each["in"] == "path" or each in twin["parameters"]]
            found.append(replace(operation, raw={**raw, "parameters": kept}, twin=True))
        if twin is None or kept != raw["parameters"]:
            found.append(operation)
    return found


def _raw(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    for path, verbs in document["paths"].items():
        for verb, raw in verbs.items():
            yield path, verb, raw


def _for_clients(raw: Schema) -> bool:
    ways = raw.get("security", [])
    return not ways or any(set(way) <= CREDENTIALS for way in ways)


def _body(document: Schema, raw: Schema) -> Schema | None:
    if "requestBody" not in raw or UPLOADED in raw["requestBody"]["content"]:
        return None
    schema = raw["requestBody"]["content"]["application/json"]["schema"]
    found: Schema = document["components"]["schemas"][reference(schema)]
    return found
