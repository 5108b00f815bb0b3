"""The facts that an operation of an OpenAPI document states, so that two documents can be compared.

A fact is a parameter, a member that comes in or goes out, its type, whether it is required, or a status.
"""

import re

VERBS = ("get", "post", "put", "patch", "delete")


def deref(doc, node, depth=0):
    while isinstance(node, dict) and "$ref" in node and depth < 30:
        cur = doc
        for part in node["$ref"].lstrip("#/").split("/"):
            cur = cur[part.replace("~1", "/").replace("~0", "~")]
        extra = {k: v for k, v in node.items() if k != "$ref"}
        node = {**cur, **extra} if extra else cur
        depth += 1
    return node


def members(doc, schema, prefix="", depth=0, seen=()):
    """{dotted path: (types, required)} of a schema, through allOf/anyOf/oneOf and arrays."""
    schema = deref(doc, schema)
    out = {}
    if not isinstance(schema, dict) or depth > 7 or id(schema) in seen:
        return out
    seen = (*seen, id(schema))
    for key in ("allOf", "anyOf", "oneOf"):
        for sub in schema.get(key, []):
            out.update(members(doc, sub, prefix, depth, seen))
    req = set(schema.get("required", []))
    for name, sub in (schema.get("properties") or {}).items():
        sub = deref(doc, sub)
        path = f"{prefix}.{name}" if prefix else name
        out[path] = (types(doc, sub), name in req)
        out.update(members(doc, sub, path, depth + 1, seen))
    if "items" in schema:
        out.update(members(doc, schema["items"], prefix + "[]", depth + 1, seen))
    return out


def types(doc, s):
    s = deref(doc, s)
    if not isinstance(s, dict):
        return set()
    t = s.get("type")
    got = set(t if isinstance(t, list) else [t] if t else [])
    for key in ("allOf", "anyOf", "oneOf"):
        for sub in s.get(key, []):
            got |= types(doc, sub)
    if "enum" in s or "const" in s:
        vals = s.get("enum", [s.get("const")])
        got |= {
            "string"
            if isinstance(v, str)
            else "null"
            if v is None
            else "boolean"
            if isinstance(v, bool)
            else "number"
            for v in vals
        }
    if not got and ("properties" in s):
        got = {"object"}
    return got


def norm(path):
    return re.sub(r"\{[^}]*\}", "{}", path).rstrip("/") or "/"


def content(node):
    c = node.get("content") or {}
    for mt, v in c.items():
        if "json" in mt or "form" in mt:
            return v.get("schema")
    return next((v.get("schema") for v in c.values()), None)


def ops(doc):
    for path, item in doc["paths"].items():
        for m, op in item.items():
            if m in VERBS:
                yield path, m, item, op


def index(doc):
    table = {}
    for path, m, item, op in ops(doc):
        table[(m, norm(path))] = (item, op)
    return table


def facts(doc, item, op):
    f = set()
    for p in (item.get("parameters") or []) + (op.get("parameters") or []):
        p = deref(doc, p)
        if p["in"] == "path":
            continue
        f.add(("param", p["in"], p["name"].lower() if p["in"] == "header" else p["name"]))
        if p.get("required"):
            f.add(("param-required", p["in"], p["name"].lower() if p["in"] == "header" else p["name"]))
    body = deref(doc, op.get("requestBody") or {})
    if body:
        sch = content(body)
        if sch is not None:
            for name, (t, req) in members(doc, sch).items():
                f.add(("in", name))
                if req:
                    f.add(("in-required", name))
                for x in t - {"null"}:
                    f.add(("in-type", name, "number" if x == "integer" else x))
    for status, r in (op.get("responses") or {}).items():
        r = deref(doc, r)
        f.add(("status", str(status)))
        if str(status).startswith("2"):
            sch = content(r)
            if sch is not None:
                for name, (t, _) in members(doc, sch).items():
                    f.add(("out", name))
                    for x in t - {"null"}:
                        f.add(("out-type", name, "number" if x == "integer" else x))
    return f


def promises(doc, item, op):
    """What is promised beyond `facts`: who may call, words, bounds and formats of what comes in and goes out,
    what answers always hold, errors among them, media types and headers.
    """
    found = {("security", tuple(sorted(each))) for each in op.get("security", doc.get("security", []))}
    for p in (item.get("parameters") or []) + (op.get("parameters") or []):
        p = deref(doc, p)
        found |= {("param", p["in"], p["name"], *said) for said in said_of(doc, p.get("schema", {}))}
    body = deref(doc, op.get("requestBody") or {})
    found |= {("in", "media", media) for media in body.get("content") or ()}
    if body and content(body) is not None:
        found |= {("in", *said) for said in said_of(doc, content(body))}
    for code, answer in op["responses"].items():
        answer, status = deref(doc, answer), str(code)
        found |= {(status, "header", name.lower()) for name in answer.get("headers") or ()}
        found |= {(status, "media", media) for media in answer.get("content") or ()}
        schema = content(answer)
        if schema is not None:
            for path, (kinds, req) in members(doc, schema).items():
                found |= {(status, "type", path, "number" if kind == "integer" else kind) for kind in kinds}
                if req:
                    found.add((status, "required", path))
            found |= {(status, *said) for said in said_of(doc, schema)}
    return found


BOUNDS = (
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "format", "default",
)  # fmt: skip


def said_of(doc, schema, prefix="", depth=0):
    """(path, keyword, value) of what is said of each member's values: their words, bounds and format."""
    schema = deref(doc, schema)
    if depth > 7:
        return
    for key in ("allOf", "anyOf", "oneOf"):
        for sub in schema.get(key, []):
            yield from said_of(doc, sub, prefix, depth + 1)
    words = schema.get("enum", [schema["const"]] if "const" in schema else [])
    if words:
        yield prefix, "enum", tuple(sorted(str(word) for word in words if word is not None))
    for keyword in BOUNDS:
        if keyword in schema:
            yield prefix, keyword, schema[keyword]
    for name, sub in (schema.get("properties") or {}).items():
        yield from said_of(doc, sub, f"{prefix}.{name}", depth + 1)
    if "items" in schema:
        yield from said_of(doc, schema["items"], f"{prefix}[]", depth + 1)


def hooks(doc):
    """{name: (path item, operation)} of what the server calls."""
    return {
        name: (item, item[m]) for name, item in doc.get("webhooks", {}).items() for m in item if m in VERBS
    }


def schemes(doc):
    """{name: (type, scheme, where, name there)} of what a caller shows of itself."""
    found = (doc.get("components") or {}).get("securitySchemes") or {}
    return {
        name: tuple(each.get(key) for key in ("type", "scheme", "in", "name")) for name, each in found.items()
    }
