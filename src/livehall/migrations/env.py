"""Run by Alembic, with the connection that `livehall.migrations` opened."""

from typing import Literal

from alembic import context

from livehall.kernel.db import Instant, Json, Key
from livehall.migrations import tables


def render_item(kind: str, item: object, _: object) -> str | Literal[False]:
    """Our column types by their short names; False leaves the rest to Alembic."""
    if kind == "type" and isinstance(item, (Instant, Json, Key)):
        return f"{type(item).__name__}()"
    return False


def is_a_models(_: object, name: str | None, kind: str, reflected: bool, __: object) -> bool:
    """Not what searches go by on one database alone (0035, `search`): no model has it."""
    return not (reflected and kind in ("table", "index") and (name or "").startswith("phrase"))


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=tables.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    render_item=render_item,
    include_object=is_a_models,
)
with context.begin_transaction():
    context.run_migrations()
