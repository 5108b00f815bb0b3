"""The OpenAPI 3.1 document of a dialect, from its routes' signatures."""

import inspect
import re
import typing
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from livehall.dialects.kit.answer import Answer
from livehall.dialects.kit.body import TooLarge, Unreadable
from livehall.dialects.kit.dialect import Dialect
from livehall.dialects.kit.route import Route
from livehall.kernel.db import DatabaseUnavailable
from livehall.kernel.faults import Fault, Invalid, Limited, NotFound, Unauthenticated

Schema = dict[str, Any]
REFERENCE = "#/components/schemas/{name}"


class Document:
    """Collects the schemas that operations mention, and writes the whole."""

    def __init__(
        self,
        dialect: Dialect,
        *,
        description: str,
        security_schemes: Mapping[str, Schema],
        envelope: Callable[[Schema | None], Schema],
        problem: type[msgspec.Struct],
        server: str,
    ) -> None:
        self._dialect, self._description, self._server = dialect, description, server
        self._security_schemes, self._envelope, self._problem = security_schemes, envelope, problem

    def build(self) -> Schema:
        routes = sorted(self._dialect.routes, key=lambda route: (route.path, route.verb))
        kinds = [self._problem]
        for route in routes:
            found = (route.signature.body, route.takes, answer_of(route))
            kinds += [kind for kind in found if kind is not None]
        schemas, components = msgspec.json.schema_components(kinds, ref_template=REFERENCE)
        by_kind = dict(zip(map(str, kinds), schemas, strict=True))
        paths: dict[str, dict[str, Schema]] = defaultdict(dict)
        for route in routes:
            paths[re.sub(r":\w+}", "}", route.path)][route.verb.lower()] = self._operation(route, by_kind)
        return {
            "openapi": "3.1.0",
            "info": {
                "title": self._dialect.title,
                "version": self._dialect.version,
                "description": self._description,
            },
            "servers": [{"url": self._server}],
            "paths": dict(paths),
            "components": {"schemas": components, "securitySchemes": dict(self._security_schemes)},
        }

    def _operation(self, route: Route, schemas: Mapping[str, Schema]) -> Schema:
        words = inspect.getdoc(route.function) or route.operation
        summary, _, description = words.partition("\n\n")
        summary = summary.replace("\n", " ").rstrip(".")
        if route.twin_of is not None and self._dialect.scope is not None:
            summary += self._dialect.scope.title
            described = self._dialect.scope.words.format(operation=route.twin_of)
            description = f"{described}\n\n{description}" if description else described
        operation: Schema = {
            "operationId": route.operation,
            "tags": [route.tag],
            "summary": summary,
            "parameters": self._parameters(route),
            "responses": self._responses(route, schemas),
            "security": security_of(route),
        }
        if description:
            operation["description"] = description
        body = route.signature.body or route.takes
        if body is not None:
            operation["requestBody"] = {
                "required": not route.signature.body_optional,
                "content": {route.takes_media: {"schema": schemas[str(body)]}},
            }
        return operation

    def _parameters(self, route: Route) -> list[Schema]:
        found: list[Schema] = []
        for name in route.signature.path_names:
            schema: Schema = {"type": "string"}
            if name in route.signature.path_ids:
                schema["format"] = "uuid"
            found.append({"name": name, "in": "path", "required": True, "schema": schema})
        if route.signature.query is not None:
            found += [
                parameter
                for parameter in query_parameters(route.signature.query)
                if parameter["name"] != route.signature.scope
            ]
        if route.repeatable:
            found.append(
                {
                    "name": "Idempotency-Key",
                    "in": "header",
                    "required": False,
                    "description": "Makes a repeat of the same call return the first answer.",
                    "schema": {"type": "string", "minLength": 1, "maxLength": 128},
                }
            )
        if route.ranged:
            found.append(
                {
                    "name": "Range",
                    "in": "header",
                    "required": False,
                    "description": "Byte range.",
                    "schema": {"type": "string"},
                }
            )
        if route.signature.if_match:
            found.append(
                {
                    "name": "If-Match",
                    "in": "header",
                    "required": False,
                    "description": "ETag the change is based on.",
                    "schema": {"type": "string"},
                }
            )
        return found

    def _responses(self, route: Route, schemas: Mapping[str, Schema]) -> Schema:
        responses: Schema = {str(route.status): self._success(route, schemas)}
        for status, faults in sorted(self._faults(route).items()):
            codes = sorted({fault.code for fault in faults})
            response: Schema = {
                "description": " / ".join(f"`{code}`" for code in codes),
                "content": {"application/json": {"schema": schemas[str(self._problem)]}},
            }
            if status in (429, 503):
                response["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
            responses[str(status)] = response
        for status, words in route.extra_answers.items():
            further: Schema = {"description": words}
            if status < 300:
                further["content"] = {route.media: {"schema": BINARY}}
            elif status in (302, 303, 307):
                further["headers"] = {"Location": {"schema": {"type": "string", "format": "uri"}}}
            responses.setdefault(str(status), further)
        return responses

    def _success(self, route: Route, schemas: Mapping[str, Schema]) -> Schema:
        if route.status == 204:
            return {"description": "Done; no body."}
        words = "Created." if route.status == 201 else "Done."
        kind = answer_of(route)
        if kind is None and route.media != "application/json":
            return {"description": words, "content": {route.media: {"schema": BINARY}}}
        inner = schemas[str(kind)] if kind is not None else None
        schema = inner if route.plain and inner is not None else self._envelope(inner)
        return {"description": words, "content": {"application/json": {"schema": schema}}}

    def _faults(self, route: Route) -> dict[int, list[type[Fault]]]:
        announced: list[type[Fault]] = [*route.announced, DatabaseUnavailable]
        if route.limited:
            announced.append(Limited)
        if route.access != "none":
            announced.append(Unauthenticated)
        if route.signature.path_ids:
            announced.append(NotFound)
        if route.signature.body is not None or route.takes is not None:
            announced += [Unreadable, Invalid, TooLarge]
        elif route.signature.query is not None or route.repeatable:
            announced.append(Invalid)
        by_status: dict[int, list[type[Fault]]] = defaultdict(list)
        for fault in announced:
            by_status[self._dialect.status_of(fault)].append(fault)
        return by_status


BINARY: Schema = {"type": "string", "format": "binary"}


def answer_of(route: Route) -> Any:
    """The wire struct of a success; None for none, for a file, and for an answer made by hand."""
    kind = route.signature.answer
    if route.answer is not None:
        return route.answer
    if kind in (None, type(None), Answer) or (isinstance(kind, type) and issubclass(kind, Response)):
        return None
    return kind


def security_of(route: Route) -> list[dict[str, list[str]]]:
    if route.security is not None:
        return [{name: []} for name in route.security]
    if route.access == "none":
        return []
    found: list[dict[str, list[str]]] = [{}] if route.access == "public" else []
    found.append({"bearerAuth": []})
    return [*found, {"apiKey": []}] if route.takes_keys else found


def query_parameters(query: type[Any]) -> list[Schema]:
    found: list[Schema] = []
    hints = typing.get_type_hints(query, include_extras=True)
    for field in msgspec.structs.fields(query):
        schema = _plain(msgspec.json.schema(hints[field.name]))
        parameter: Schema = {
            "name": field.encode_name,
            "in": "query",
            "required": field.required,
            "schema": schema,
        }
        if words := schema.pop("description", None):
            parameter["description"] = words
        if isinstance(field.default, (int, str, bool)):
            schema["default"] = field.default
        found.append(parameter)
    return found


def _plain(schema: Schema) -> Schema:
    """A query has no null: what may be left out is simply not required."""
    options = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) == 1:
        return {**{key: value for key, value in schema.items() if key != "anyOf"}, **options[0]}
    if isinstance(schema.get("type"), list):
        (kind,) = (each for each in schema["type"] if each != "null")
        return {**schema, "type": kind}
    return schema
