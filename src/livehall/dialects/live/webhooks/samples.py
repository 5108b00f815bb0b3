"""An example of a payload, made from its type: the least that its schema allows."""

from typing import Any

from msgspec import inspect

INSTANT = "2026-01-31T18:00:00.000Z"
UUID = "01973c2e-0000-7000-8000-000000000000"


def example(payload: Any) -> Any:
    return _of(inspect.type_info(payload))


def _of(kind: inspect.Type) -> Any:
    match kind:
        case inspect.Metadata():
            form = str((kind.extra_json_schema or {}).get("format"))
            known = {"uuid": UUID, "date-time": INSTANT}.get(form)
            return known if known is not None else _of(kind.type)
        case inspect.StructType():
            return {field.encode_name: _of(field.type) for field in kind.fields if field.required}
        case inspect.UnionType():
            has_none = any(isinstance(each, inspect.NoneType) for each in kind.types)
            return None if has_none else _of(kind.types[0])
        case inspect.LiteralType():
            return kind.values[0]
        case inspect.BoolType():
            return False
        case inspect.IntType():
            return kind.ge or 0
        case inspect.FloatType():
            return float(kind.ge or 0)
        case inspect.StrType():
            return UUID if kind.pattern else "…"
        case inspect.DictType():
            return {}
        case inspect.ListType() | inspect.VarTupleType():
            return []
    return None
