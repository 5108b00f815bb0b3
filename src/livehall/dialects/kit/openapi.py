"""The OpenAPI 3.1 document of a dialect, from its routes' signatures."""

import inspect
import re
import typing
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.responses import Response

from livehall.dialects.kit.answer import Answer
from livehall.dialects.kit.body import JSON, TooLarge, Unreadable, WrongMediaType
from livehall.dialects.kit.dialect import Dialect, Webhook
from livehall.dialects.kit.route import Route
from livehall.kernel.db import DatabaseUnavailable
from livehall.kernel.faults import Fault, Invalid, Limited, NotFound, Unauthenticated

Schema = dict[str, Any]
REFERENCE = "#/components/schemas/{name}"


class Document:
    """Collects the schemas that operations mention, and writes the whole."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def build(self) -> Schema:
        routes = sorted(self._dialect.routes, key=lambda route: (route.path, route.verb))
        hooks = self._dialect.webhooks
        kinds: list[Any] = [self._dialect.problem, *self._dialect.problems.values()]
        kinds += [hook.body for hook in hooks.values()]
        for route in routes:
            takes = route.takes if isinstance(route.takes, tuple) else (route.takes,)
            found = (route.signature.body, *takes, answer_of(route), route.problem, *route.also.values())
            kinds += [kind for kind in (*found, *route.problems.values()) if kind is not None]
        schemas, components = msgspec.json.schema_components(kinds, ref_template=REFERENCE)
        by_kind = dict(zip(map(str, kinds), schemas, strict=True))
        paths: dict[str, dict[str, Schema]] = defaultdict(dict)
        for route in routes:
            paths[re.sub(r":\w+}", "}", route.path)][route.verb.lower()] = self._operation(route, by_kind)
        whole: Schema = {
            "openapi": "3.1.0",
            "info": {
                "title": self._dialect.title,
                "version": self._dialect.version,
                "description": self._dialect.description,
            },
            "servers": self._servers(self._dialect.bases),
            "paths": dict(paths),
            "components": {"schemas": components, "securitySchemes": dict(self._dialect.security_schemes)},
        }
        if hooks:
            whole["webhooks"] = {name: {"post": _call(hook, by_kind)} for name, hook in hooks.items()}
        return whole

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
        if route.bases is not None:
            operation["servers"] = self._servers(route.bases)
        body = route.takes or route.signature.body
        if body is not None:
            operation["requestBody"] = {
                "required": not route.signature.body_optional,
                "content": {route.takes_media: {"schema": _media(body, schemas)}},
            }
        return operation

    def _parameters(self, route: Route) -> list[Schema]:
        found: list[Schema] = []
        for name in route.signature.path_names:
            is_id = name in route.signature.path_ids
            schema: Schema = dict(route.signature.ids.schema) if is_id else {"type": "string", "minLength": 1}
            found.append({"name": name, "in": "path", "required": True, "schema": schema})
        if route.signature.query is not None:
            found += [
                parameter
                for parameter in query_parameters(route.signature.query)
                if parameter["name"] != route.signature.scope
            ]
        if route.signature.window is not None and self._dialect.paging is not None:
            found += self._dialect.paging.parameters()
        if route.filters is not None:
            found += route.filters.parameters()
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
                "content": {JSON: {"schema": self._problem(route, status, schemas)}},
            }
            if status in (429, 503):
                response["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
            responses[str(status)] = response
        for status, words in route.extra_answers.items():
            further: Schema = {"description": words}
            if status < 300 and route.media != JSON:
                further["content"] = {route.media: {"schema": BINARY}}
            elif status in (302, 303, 307):
                further["headers"] = {"Location": {"schema": {"type": "string", "format": "uri"}}}
            elif status >= 400 and status != 416:  # a range outside a file is answered without a body
                further["content"] = {JSON: {"schema": self._problem(route, status, schemas)}}
            responses.setdefault(str(status), further)
        for status, names in route.headers.items():
            told = {name: {"schema": {"type": "string"}} for name in names}
            responses[str(status)].setdefault("headers", {}).update(told)
        return responses

    def _problem(self, route: Route, status: int, schemas: Mapping[str, Schema]) -> Schema:
        usual = self._dialect.problems.get(status, self._dialect.problem)
        return schemas[str(route.problems.get(status) or route.problem or usual)]

    def _success(self, route: Route, schemas: Mapping[str, Schema]) -> Schema:
        if route.status == 204:
            return {"description": "Done; no body."}
        words = "Created." if route.status == 201 else "Done."
        kind, envelope = answer_of(route), self._dialect.envelope
        if kind is None and route.media != JSON:
            return {"description": words, "content": {route.media: {"schema": BINARY}}}
        inner = schemas[str(kind)] if kind is not None else None
        if inner is not None and route.media != JSON and (kind is str or route.also):
            content = {route.media: {"schema": inner}}
            content |= {media: {"schema": _media(each, schemas)} for media, each in route.also.items()}
            return {"description": words, "content": content}
        if inner is None and (envelope is None or route.plain):
            return {"description": words + " No body."}
        schema = inner if envelope is None or route.plain else envelope(inner)
        further = {media: {"schema": _media(each, schemas)} for media, each in route.also.items()}
        return {"description": words, "content": {JSON: {"schema": schema}, **further}}

    def _servers(self, bases: Sequence[str]) -> list[Schema]:
        return [{"url": (self._dialect.prefix + base) or "/"} for base in bases]

    def _faults(self, route: Route) -> dict[int, list[type[Fault]]]:
        announced: list[type[Fault]] = [*route.announced, DatabaseUnavailable]
        if route.access != "none":
            announced += self._dialect.always
        if route.limited:
            announced.append(Limited)
        if route.access != "none":
            announced.append(Unauthenticated)
        if route.signature.path_ids:
            announced.append(NotFound)
        if route.signature.body is not None or route.takes is not None:
            announced += [Unreadable, WrongMediaType, Invalid, TooLarge]
        elif reads_query(route) or route.repeatable:
            announced.append(Invalid)
        by_status: dict[int, list[type[Fault]]] = defaultdict(list)
        for fault in announced:
            by_status[self._dialect.status_of(fault, route)].append(fault)
        return by_status


def _call(hook: Webhook, schemas: Mapping[str, Schema]) -> Schema:
    """What the hall calls; any success will do."""
    return {
        "operationId": hook.operation,
        "summary": hook.summary,
        "requestBody": {"required": True, "content": {JSON: {"schema": schemas[str(hook.body)]}}},
        "responses": {"2XX": {"description": "Heard."}},
        "security": [],
    }


BINARY: Schema = {"type": "string", "format": "binary"}


def _media(body: Any, schemas: Mapping[str, Schema]) -> Schema:
    """The schema of a body, of the shapes that it may have, or of a file where it is `bytes`."""
    if body is bytes:
        return BINARY
    if isinstance(body, tuple):
        return {"anyOf": [schemas[str(each)] for each in body]}
    return schemas[str(body)]


def answer_of(route: Route) -> Any:
    """The wire struct of a success; None for none, for a file, and for an answer made by hand."""
    kind = route.signature.answer
    if route.answer is not None:
        return route.answer
    if kind in (None, type(None), Answer) or (isinstance(kind, type) and issubclass(kind, Response)):
        return None
    return kind


def reads_query(route: Route) -> bool:
    signature = route.signature
    return signature.query is not None or signature.window is not None or route.filters is not None


def security_of(route: Route) -> list[dict[str, list[str]]]:
    if route.security is not None:
        return [
            {each: []} if isinstance(each, str) else {name: list(scopes) for name, scopes in each.items()}
            for each in route.security
        ]
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
