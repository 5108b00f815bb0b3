"""Routes, ledger, served document and contract say the same."""

import ast
import csv
import json
import re
from pathlib import Path

import msgspec
import pytest
import yaml

from livehall.dialects.live.api import api
from livehall.dialects.live.document import document
from tests.support.openapi_facts import facts, index, norm

ROOT = Path(__file__).parents[2]
CONTRACT = yaml.safe_load((ROOT / "contracts/live.yaml").read_text())
LEDGER = list(csv.DictReader((ROOT / "src/livehall/dialects/live/ledger.csv").read_text().splitlines()))
STATES = {"done", "partial", "absent", "refused"}
SERVED = [row for row in LEDGER if row["state"] in ("done", "partial")]


LISTED = {row["operation"] for row in LEDGER}
UNLISTED = {  # twins within a library that no contract names: they come with their operation
    route.operation for route in api.routes if route.twin_of in LISTED and route.operation not in LISTED
}

ADDED = re.findall(  # method, path, for whom: the rows of the tables of operations
    r"^\| (\w+) \| `(/[^`]+)` \|.*\| ([^|]+) \|$",
    (ROOT / "contracts/extensions.md").read_text(),
    re.MULTILINE,
)


def of_contract(row):
    return index(CONTRACT).get((row["method"].lower(), norm(row["path"])))


def test_every_documented_operation_is_in_the_ledger():
    documented = {
        (verb.upper(), path, operation["operationId"])
        for path, operations in CONTRACT["paths"].items()
        for verb, operation in operations.items()
        if isinstance(operation, dict) and operation.get("x-documented")
    }
    listed = {(row["method"], row["path"], row["operation"]) for row in LEDGER}
    assert len(documented) == 139
    assert documented <= listed


def test_what_the_other_apis_that_are_served_need_is_in_the_ledger():
    """Voilà, MeltingSpot and Sourceloop; it is there, or the ledger says why not."""
    listed = {(row["method"], row["path"]) for row in LEDGER}
    assert len(ADDED) == 267
    needed = {(verb, path) for verb, path, needs in ADDED if {"V", "M", "S"} & set(needs.split())}
    assert needed - listed == set()


def test_the_ledger_is_well_formed():
    assert {row["state"] for row in LEDGER} <= STATES
    assert [row["operation"] for row in LEDGER if row["state"] != "done" and not row["reason"]] == []
    assert len({row["operation"] for row in LEDGER}) == len(LEDGER)
    assert [row["operation"] for row in LEDGER if row["state"] == "absent" and row["test"]] == []


def test_routes_are_the_rows_that_are_served():
    routes = {
        (route.verb, route.path.replace(":path}", "}"), route.operation)
        for route in api.routes
        if route.operation not in UNLISTED
    }
    assert routes == {(row["method"], row["path"], row["operation"]) for row in SERVED}


def test_the_document_holds_the_rows_that_are_served():
    served = {
        (verb.upper(), path, operation["operationId"])
        for path, operations in document()["paths"].items()
        for verb, operation in operations.items()
        if operation["operationId"] not in UNLISTED
    }
    assert served == {(row["method"], row["path"], row["operation"]) for row in SERVED}


@pytest.mark.parametrize("row", SERVED, ids=lambda row: row["operation"])
def test_every_served_operation_names_a_test_that_exists(row):
    file, _, name = row["test"].partition("::")
    tree = ast.parse((ROOT / file).read_text())
    assert name in {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize(
    "row",
    [row for row in SERVED if row["state"] == "done" and of_contract(row)],
    ids=lambda row: row["operation"],
)
def test_a_done_operation_serves_every_documented_fact(row):
    served = document()
    found = index(served)[(row["method"].lower(), norm(row["path"]))]
    lacking = facts(CONTRACT, *of_contract(row)) - facts(served, *found)
    assert sorted(map(str, lacking)) == []


def test_the_web_app_is_built_from_the_served_document():
    kept = json.loads((ROOT / "web/openapi/live.json").read_text())
    served = json.loads(msgspec.json.encode(document()))
    assert kept == served, "run `make openapi`"
