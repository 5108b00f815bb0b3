"""Of every API beside our own: routes, ledger, served document and contract say the same, and each numbered
statement has a test. Whoever adds one to `DIALECTS` is asked all of this.
"""

import ast
import csv
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
import yaml

from livehall.dialects.kit.openapi import Document
from livehall.server.dialects import DIALECTS
from tests.support.openapi_facts import facts, hooks, index, norm, promises, schemes

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "src/livehall/dialects"
STATES = {"done", "partial", "absent", "refused"}
LETTERS = {"voila": "V", "meltingspot": "M", "sourceloop": "L"}  # of those with numbered statements
ANY_SERVER = {("status", status) for status in ("413", "429", "503")}  # what a server may say besides
MORE = {
    ("sourceloop", "listAttendees"): {("status", "422")},  # a query that cannot be read
    ("sourceloop", "receiveWebhook"): {("status", "400")},  # nor a body (L1)
}
LONGEST = 400  # lines of a module

BY_NAME = {dialect.name: dialect for dialect in DIALECTS}
every_dialect = pytest.mark.parametrize("name", sorted(BY_NAME))


@cache
def contract(name):
    return yaml.safe_load((ROOT / f"contracts/{name}.yaml").read_text())


@cache
def ledger(name):
    """The rows of operations; those of statements have no method."""
    return [row for row in all_rows(name) if row["method"]]


@cache
def all_rows(name):
    return list(csv.DictReader((FOLDER / name / "ledger.csv").read_text().splitlines()))


@cache
def document(name):
    return Document(BY_NAME[name]).build()


def served(name):
    return [row for row in ledger(name) if row["state"] in ("done", "partial")]


def operations(document):
    return {
        (verb.upper(), path, operation["operationId"])
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
        if isinstance(operation, dict) and "operationId" in operation
    }


def named(rows):
    return {(row["method"], row["path"], row["operation"]) for row in rows}


@every_dialect
def test_the_ledger_lists_every_operation_of_the_contract(name):
    assert named(ledger(name)) == operations(contract(name))
    assert {row["state"] for row in all_rows(name)} <= STATES
    assert [row["operation"] for row in all_rows(name) if row["state"] != "done" and not row["reason"]] == []


@every_dialect
def test_routes_and_the_document_are_the_rows_that_are_served(name):
    routes = {(route.verb, route.path, route.operation) for route in BY_NAME[name].routes}
    assert routes == named(served(name)) == operations(document(name))


@every_dialect
def test_every_served_operation_names_a_test_that_exists(name):
    for row in served(name):
        file, _, test = row["test"].partition("::")
        assert test in functions_of(file), row["operation"]


@every_dialect
def test_the_served_document_is_the_contract(name):
    """Path, parameter, field and status, in both directions."""
    documented, given = contract(name), document(name)
    for row in served(name):
        key = row["method"].lower(), norm(row["path"])
        wanted = facts(documented, *index(documented)[key])
        found = facts(given, *index(given)[key])
        assert sorted(map(str, wanted - found)) == [], f"{row['operation']} lacks"
        more = found - wanted - ANY_SERVER - MORE.get((name, row["operation"]), set())
        more = {fact for fact in more if not is_left_open(fact, wanted)}
        assert sorted(map(str, more)) == [], f"{row['operation']} has more"


@every_dialect
def test_the_served_document_promises_what_the_contract_does(name):
    """Who may call, words and bounds, what an answer always holds, errors among them, and headers."""
    documented, given = contract(name), document(name)
    assert schemes(given) == schemes(documented)
    for row in served(name):
        key = row["method"].lower(), norm(row["path"])
        wanted = promises(documented, *index(documented)[key])
        found = promises(given, *index(given)[key])
        assert sorted(map(str, wanted - found)) == [], f"{row['operation']} lacks"
        more = {fact for fact in found - wanted if fact[0] == "security" or is_word_of(fact, wanted)}
        assert sorted(map(str, more)) == [], f"{row['operation']} has more"


@every_dialect
def test_the_served_document_names_what_the_hall_calls_as_the_contract_does(name):
    """Bodies go out here: that a member is always there is a promise more."""
    documented, given = contract(name), document(name)
    wanted, found = hooks(documented), hooks(given)
    assert found.keys() == wanted.keys()
    for each, (item, operation) in wanted.items():
        assert found[each][1]["operationId"] == operation["operationId"]
        asked, said = facts(documented, item, operation), facts(given, *found[each])
        assert sorted(map(str, asked - said)) == [], f"{each} lacks"
        assert {fact[0] for fact in said - asked} <= {"in-required"}, f"{each} has more"
        lacking = promises(documented, item, operation) - promises(given, *found[each])
        assert sorted(map(str, lacking - {fact for fact in lacking if fact[0] == "security"})) == [], each


def is_word_of(fact, wanted):
    """Whether it gives a member that has words in the contract other ones."""
    return fact[-2] == "enum" and any(each[:-1] == fact[:-1] for each in wanted)


def is_left_open(fact, wanted):
    """Whether it is a member of an object of which the contract says no members."""
    kind, name = fact[0], str(fact[1])
    if kind not in ("out", "out-type"):
        return False
    names = {each[1] for each in wanted if each[0] == "out"}
    objects = {each[1] for each in wanted if each[0] == "out-type" and each[2] == "object"}
    open_ones = {each for each in objects if not any(other.startswith(f"{each}.") for other in names)}
    return any(name.startswith(f"{each}.") for each in open_ones)


def test_every_letter_is_of_a_dialect():
    assert LETTERS.keys() <= BY_NAME.keys()


@pytest.mark.parametrize("name", sorted(LETTERS))
def test_every_numbered_statement_has_a_test_or_a_reason(name):
    letter = LETTERS[name]
    text = (ROOT / "contracts/behaviour.md").read_text()
    stated = {int(number) for number in re.findall(rf"^- \[ \] {letter}(\d+) ", text, re.MULTILINE)}
    tested = {
        int(number)
        for file in (ROOT / "tests/dialects" / name).glob("test_*.py")
        for test in functions_of(str(file.relative_to(ROOT)))
        if test.startswith("test_")
        for number in numbers_in(test, letter.lower())
    }
    rows = {row["operation"]: row for row in all_rows(name) if not row["method"]}
    halves = {each for each, row in rows.items() if row["state"] == "partial"}  # tested as far as they hold
    assert stated
    assert {f"{letter}{number}" for number in stated - tested} == rows.keys() - halves
    assert halves <= {f"{letter}{number}" for number in stated & tested}
    assert all(row["reason"] for row in rows.values())


def numbers_in(test, letter):
    """`v23` and `v24` of `test_v23_v24_…`; 4 to 8 of `test_v4_to_v8_…`."""
    for first, last in re.findall(rf"_{letter}(\d+)_to_{letter}(\d+)(?=_)", test):
        yield from range(int(first), int(last) + 1)
    yield from re.findall(rf"(?<=_){letter}(\d+)(?=_)", test)


@every_dialect
def test_import_rules_name_it(name):
    """`lint-imports` keeps dialects from each other and from stores; it knows those that are named."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    by_name = {rule["name"]: rule for rule in rules}
    module = f"livehall.dialects.{name}"
    assert module in by_name["No dialect knows another"]["modules"]
    assert module in by_name["The kit knows no dialect"]["forbidden_modules"]
    assert by_name["Dialects reach rows through use cases"]["source_modules"] == ["livehall.dialects"]


def test_import_rules_name_every_store():
    """A wildcard of the rules stands for whole names, so `*_store` must be spelt out."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (rule,) = [rule for rule in rules if rule["name"] == "Dialects reach rows through use cases"]
    core = ROOT / "src/livehall/core"
    stores = {f"livehall.core.{each.parent.name}.{each.stem}" for each in core.glob("*/*_store.py")}
    assert {*stores, "livehall.core.*.store"} == set(rule["forbidden_modules"])


@every_dialect
def test_no_module_is_long(name):
    long = {
        file.name: lines
        for file in (FOLDER / name).rglob("*.py")
        if (lines := len(file.read_text().splitlines())) >= LONGEST
    }
    assert long == {}


@cache
def functions_of(file):
    tree = ast.parse((ROOT / file).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
