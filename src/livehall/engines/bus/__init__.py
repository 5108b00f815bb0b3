"""What the api processes of one hall say to each other: PostgreSQL's LISTEN and NOTIFY."""

from livehall.engines.bus.postgres import PostgresBus

__all__ = ["PostgresBus"]
