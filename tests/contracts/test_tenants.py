"""A key of one tenant reaches nothing of another's, by any operation of the APIs beside our own: neither what
a path or a body names, nor what a list holds.
"""

import sqlite3
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from livehall.dialects.kit import FORM, Route
from livehall.kernel.ids import new_id
from tests.contracts.callers import BY_NAME, MAKERS, ROUTES, Caller, base_of, named_by
from tests.support.azure import ACCOUNT, KEY, azure_container
from tests.support.served import Served, served

# Answered alike whatever is named: groups that are not linked are passed over, and a vendor's callback, which
# has no credential, is told nothing (L34). Neither changes what is another's.
SILENT = {("meltingspot", "unlinkLiveGroups"), ("sourceloop", "receiveWebhook")}
LISTS = {"listLives": "liveId", "listArchives": "archiveId", "listLiveGroups": "groupId"}

IDS = [f"{name}-{route.operation}" for name, route in ROUTES]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    """A hall in which both tenants have given keys of a storage, and the storage's address."""
    folder = tmp_path_factory.mktemp("tenants")
    with azure_container() as azure, served(folder, LIVEHALL_STORAGE_PRIVATE_TARGETS="true") as running:
        keys = {
            "kind": "azure", "container": "films", "account": ACCOUNT, "secret": KEY,
            "endpoint": azure.endpoint,
        }  # fmt: skip
        for admin in ("ann", "eva"):
            answer = httpx.put(
                f"{running.url}/api/v1/organizations/{running.organization(admin)}/storage-target",
                json=keys,
                headers={"Authorization": f"Bearer {running.token(admin)}"},
            )
            assert answer.status_code == 200, answer.text
        yield running, azure.endpoint


@pytest.fixture(scope="module")
def others(running: tuple[Served, str]) -> dict[str, Caller]:
    """The other tenant's, by dialect."""
    app, _ = running
    return {name: make(app, app.eve, "eva") for name, make in MAKERS.items()}


@pytest.mark.parametrize(("name", "route"), ROUTES, ids=IDS)
def test_what_is_another_tenants_is_as_what_is_not_there(running, others, name, route):
    app, storage = running
    own, other = MAKERS[name](app, app.ada, "ann"), others[name]
    own.things["storage"] = storage
    before = rows_of(app, "eve")
    for thing in named_by(name, route):
        if thing not in other.things:  # the storage's address, which is nobody's
            continue
        theirs = asked(app, name, route, own, **{thing: other.things[thing]})
        assert theirs == asked(app, name, route, own, **{thing: new_id()}), thing
        assert theirs[0] >= 400 or (name, route.operation) in SILENT, thing
    status, text = asked(app, name, route, own)
    assert status < 300, f"with one's own it is done: {text}"
    assert [each for each in other.things.values() if each in text] == []
    if route.operation in LISTS:
        assert own.things[LISTS[route.operation]] in text
    assert rows_of(app, "eve") == before


def asked(app: Served, name: str, route: Route, caller: Caller, **others: str) -> tuple[int, str]:
    """Status and body of a call with things of others."""
    answer = httpx.request(
        route.verb,
        base_of(app, BY_NAME[name], route) + caller.address(route, **others),
        **{"data" if route.takes_media == FORM else "json": caller.body(name, route, **others)}
        if route.signature.body
        else {},
        headers=caller.headers_for(route),
    )
    text = answer.text
    for value in others.values():
        text = text.replace(value, "…")
    return answer.status_code, text


def rows_of(app: Served, name: str) -> dict[str, list[Any]]:
    """Everything that is kept of somebody's organization, without what follows by itself: what the relay and
    the counting of figures mark when they have done what was asked before."""
    found: dict[str, list[Any]] = {}
    with sqlite3.connect(f"file:{app.database}?mode=ro", uri=True) as db:
        tables = [table for (table,) in db.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            columns = [row[1] for row in db.execute(f'pragma table_info("{table}")')]
            if "organization_id" in columns:
                kept = "id, type, data" if table == "journal" else _but(columns, "figures_due_at")
                rows = db.execute(
                    f'select {kept} from "{table}" where organization_id = ?', [app.organization(name)]
                )
                found[table] = sorted(map(repr, rows))
    db.close()
    return found


def _but(columns: list[str], left_out: str) -> str:
    return ", ".join(f'"{each}"' for each in columns if each != left_out)
