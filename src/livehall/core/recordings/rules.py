"""Whom a recording is shown to, and when it may be published."""

from collections.abc import Mapping
from datetime import datetime

from livehall.core.recordings.faults import AlreadyPublic, NotFinished, NothingToPublish
from livehall.core.recordings.model import Recording, Visibility
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id

WIDTH: dict[Visibility, int] = {"private": 0, "members": 1, "public": 2}


FILMS = "films"  # folder within the media server's, for films that are handed in


def place_of(recording_id: Id) -> str:
    """Where a film that was handed in waits for the storage, within the media server's folder."""
    return f"{FILMS}/{recording_id}.mp4"


def shown_to(row: Recording, visibility: Visibility, now: datetime) -> dict[str, object]:
    """The columns of a recording that these may watch from now on.

    It counts as published since when its present audience may watch it: from a wider one to a narrower
    nothing begins. A time at which it is to be published stays where members alone may watch it until then.
    """
    columns: dict[str, object] = {"visibility": visibility}
    if visibility != "members":
        columns["publish_at"] = None
    if visibility == "private":
        columns["published_at"] = None
    elif row.status == "ready" and (row.published_at is None or WIDTH[visibility] > WIDTH[row.visibility]):
        columns["published_at"] = now
    return columns


def publish(row: Recording, at: datetime | None, now: datetime) -> dict[str, object]:
    """The columns of a recording that everybody may watch, now or from `at` on.

    Raises: NothingToPublish, NotFinished, Invalid, AlreadyPublic.
    """
    if row.status == "failed":
        raise NothingToPublish
    if at is None:
        if row.status != "ready":
            raise NotFinished
        return shown_to(row, "public", now)
    if at <= now:
        raise invalid("publish_at", "This time has passed already.")
    if row.visibility == "public":
        raise AlreadyPublic
    return {"publish_at": at}


def is_due(row: Recording, now: datetime) -> bool:
    """Whether the time has come at which it is to be published, and it can be."""
    return row.status == "ready" and row.publish_at is not None and row.publish_at <= now


def changes(row: Recording, columns: Mapping[str, object]) -> dict[str, object]:
    """Those that the row has not already."""
    return {name: value for name, value in columns.items() if value != getattr(row, name)}
