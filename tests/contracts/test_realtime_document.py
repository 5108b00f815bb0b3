"""The AsyncAPI document, and the check that holds publications against it."""

import re
from pathlib import Path

import msgspec
import pytest

from livehall.dialects.live import routes
from livehall.dialects.live.realtime import catalogue
from livehall.dialects.live.realtime.document import document
from livehall.dialects.live.realtime.publishing import MAPPINGS

ROOT = Path(__file__).parents[2]
EVENT = re.compile(r"`([a-z_]+\.[a-z_]+)`")
NOT_FOR_CLIENTS_BY_NAME = {  # a row of the journal → what it publishes under
    "session.started": "session.state", "session.live": "session.state",
    "session.ended": "session.state", "session.cancelled": "session.state",
    "chat.purged": "chat.deleted", "webhook.off": "notice", "export.ended": "job.state",
}  # fmt: skip


def references(value):
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def test_every_reference_of_the_document_leads_somewhere():
    whole = document()
    for reference in set(references(whole)):
        place = whole
        for name in reference.removeprefix("#/").split("/"):
            place = place[name]


def test_every_mapped_event_is_in_the_catalogue():
    assert routes.PUBLICATIONS
    documented = {name for events in catalogue.EVENTS.values() for name in events}
    published = {NOT_FOR_CLIENTS_BY_NAME.get(name, name) for name in MAPPINGS}
    assert published - documented == set()


def test_what_a_later_release_brings_is_not_in_the_catalogue_and_all_else_is_of_the_contract():
    contract = (ROOT / "contracts/realtime.md").read_text()
    named = set(EVENT.findall(contract)) | {"notice"}
    documented = {name for events in catalogue.EVENTS.values() for name in events}
    # Without these a pinned message, and a corrected, pinned or withdrawn question could not be told.
    assert documented - named == {"chat.pinned", "question.updated", "question.deleted"}


def test_what_the_contract_promises_is_published_or_the_page_says_that_it_is_not_there():
    contract = (ROOT / "contracts/realtime.md").read_text()
    rows = contract.partition("## 3. Events")[2].partition("## 4.")[0]
    cells = [line.split("|")[1] for line in rows.splitlines() if line.startswith("| `")]
    promised = {name for cell in cells for name in EVENT.findall(cell)}
    documented = {name for events in catalogue.EVENTS.values() for name in events}
    page = (ROOT / "docs/api/realtime.md").read_text()
    table, _, beyond = page.partition("## Events that exist now")[2].partition("are not there yet:")
    absent = beyond.partition("\n## ")[0]
    assert promised - documented == set(EVENT.findall(absent))
    assert documented - {"notice"} - set(EVENT.findall(table)) == set()


@pytest.mark.parametrize(
    ("channel", "envelope", "words"),
    [
        ("chat:1", {"type": "poll.opened", "data": {}}, "poll.opened on chat:"),
        ("session:1", {"type": "host.media", "data": {"video": True, "audio": 1, "screen": False}}, "bool"),
        ("session:1", {"type": "host.media", "data": {"video": True}}, "missing required"),
        (
            "session:1",
            {"type": "viewers.count", "data": {"count": 1, "peak": 2, "names": []}},
            "has names",
        ),
    ],
)
def test_what_clients_were_not_told_of_is_found(channel, envelope, words):
    whole = {"v": 1, "id": "1", "at": "2026-03-01T18:00:00.000Z", **envelope}
    with pytest.raises(catalogue.Undocumented, match=re.escape(words)):
        catalogue.check(channel, msgspec.json.encode(whole))
