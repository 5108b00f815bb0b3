"""What lists are searched by. On PostgreSQL: trigram indexes, where the database has `pg_trgm`.

It is a part of PostgreSQL that packagers deliver apart (`postgresql-contrib`), and who owns a database may
switch it on. Where it cannot be had, searches read every title, and the log says so; each `migrate` tries
again, so that installing it is enough.
"""

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

log = structlog.get_logger(__name__)

SEARCHED = (("room", "title"), ("room", "description"), ("session", "title"), ("recording", "title"))
"""(table, column)"""


def index(connection: Connection) -> bool:
    """Make what is missing; False where it cannot be."""
    try:
        with connection.begin_nested():
            connection.execute(text("create extension if not exists pg_trgm"))
    except DBAPIError as error:
        reason = str(error.orig).partition("\n")[0]
        log.warning("searches read every title: PostgreSQL's extension pg_trgm is not to be had", why=reason)
        return False
    for table, column in SEARCHED:
        connection.execute(
            text(
                f'create index if not exists phrase_{column}_of_{table} on "{table}" '
                f"using gin ({column} gin_trgm_ops)"
            )
        )
    return True
