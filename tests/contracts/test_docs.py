"""What the documentation says about itself and about the code holds: links, commands, codes, events."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from livehall.cli.entry import livehall
from livehall.dialects.kit.route import ALWAYS
from livehall.dialects.live import routes as _routes
from livehall.dialects.live.api import api
from tests.docs.pages import ROOT, anchors, blocks, links, pages

assert _routes

DOCS = ROOT / "docs"
START = DOCS / "README.md"
ELSEWHERE = ("https://", "http://", "mailto:")
MAKE_WORD = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
MAKE_CALL = re.compile(r"(?:^|`)make ([a-z-]+)", re.MULTILINE)
# In prose a command stands in backticks; in a block at the beginning of a line, of `$( … )` or of a path.
LIVEHALL_CALL = re.compile(r"(?:^|`|\$\(|/|\| )livehall ([a-z]+(?: [a-z]+)?)(?=[ \n`)])", re.MULTILINE)
OPTION = re.compile(r"(?:^|`|\$\(|\| )livehall [^\n`|)]*?(--[a-z-]+)", re.MULTILINE)
CODE_ROW = re.compile(r"^\| `([a-z_]+)` \| (\d{3}) \|", re.MULTILINE)
EVENT_ROW = re.compile(r"^\| ((?:`[a-z]+\.[a-z]+`(?:, )?)+) \|", re.MULTILINE)
TEST_NAME = re.compile(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def local_links(page: Path) -> Iterator[tuple[Path, str]]:
    """Files that a page points to, each with the anchor behind the `#`."""
    for target in links(page):
        if not target.startswith(ELSEWHERE):
            path, _, anchor = target.partition("#")
            yield ((page.parent / path).resolve() if path else page), anchor


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_link_leads_somewhere(page):
    for target, anchor in local_links(page):
        assert target.exists(), f"{name(page)} points to {target}"
        assert target.is_relative_to(ROOT), f"{name(page)} points out of the project"
        if anchor:
            assert anchor in anchors(target), f"{name(page)} points to #{anchor}"


def test_every_page_is_reachable_from_the_first():
    reached, waiting = set(), [START]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting += [target for target, _ in local_links(page) if target.suffix == ".md"]
    assert set(DOCS.rglob("*.md")) <= reached


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_make_word_exists(page):
    words = set(MAKE_WORD.findall((ROOT / "Makefile").read_text()))
    assert set(MAKE_CALL.findall(page.read_text())) <= words


def test_the_two_commands_of_the_readme_are_its_first():
    first = next(block for block in blocks(ROOT / "README.md") if block.info == "sh")
    assert MAKE_CALL.findall(first.text) == ["run", "test"]


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_livehall_command_exists(page):
    context = click.Context(livehall)
    for call in LIVEHALL_CALL.findall(page.read_text()):
        first, _, second = call.partition(" ")
        command = livehall.get_command(context, first)
        assert command is not None
        if isinstance(command, click.Group) and second:
            assert second in command.commands, f"livehall {call}"


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_option_of_a_livehall_command_exists(page):
    known = set(_options(livehall))
    assert set(OPTION.findall(page.read_text())) <= known


def _options(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        yield from parameter.opts
    if isinstance(command, click.Group):
        context = click.Context(command)
        for word in command.list_commands(context):
            inner = command.get_command(context, word)
            assert inner is not None
            yield from _options(inner)


def test_the_table_of_errors_is_what_operations_announce():
    routes = (route for route in api.routes if route.problem is None)  # the others have errors of their own
    announced = {fault for route in routes for fault in (*route.raises, *ALWAYS)}
    served = {(fault.code, str(api.status_of(fault))) for fault in announced}
    assert set(CODE_ROW.findall((DOCS / "api/calls.md").read_text())) == served


def test_the_operations_that_take_an_idempotency_key_are_named():
    page = (DOCS / "api/calls.md").read_text()
    (named,) = re.findall(r"The operations are (.+?)\.", page, re.DOTALL)
    repeatable = {route.operation for route in api.routes if route.repeatable and route.twin_of is None}
    assert set(re.findall(r"`(\w+)`", named)) == repeatable


def test_every_event_of_the_page_is_published():
    source = "".join(file.read_text() for file in (ROOT / "src/livehall/dialects/live").rglob("*.py"))
    listed = {
        event
        for row in EVENT_ROW.findall((DOCS / "api/realtime.md").read_text())
        for event in re.findall(r"[a-z]+\.[a-z]+", row)
    }
    assert listed
    assert {event for event in listed if f'"{event}"' not in source} == set()


def test_every_test_that_the_security_page_names_exists():
    named = TEST_NAME.findall((DOCS / "security.md").read_text())
    assert named
    for file, test in named:
        assert f"def {test}(" in (ROOT / file).read_text() if test else (ROOT / file).exists(), (file, test)
