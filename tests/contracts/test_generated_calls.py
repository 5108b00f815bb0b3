"""Generated calls of every operation with credentials of every kind: the document names each answer, none is
a 5xx by our own fault, and nothing is done for a credential that is none.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from livehall.dialects.kit import Route
from livehall.dialects.live.document import document
from tests.contracts import bad_input as bad
from tests.contracts.credentials import NAMES, NOBODY, PEOPLE, Credential, credentials_of
from tests.support.served import Served

AWAY = {502, 503}  # documented: a part is really away
MACHINE_FIRST = {400, 422}  # what a machine sends is read before its secret is compared
EXAMPLES = 12  # of each kind, for each operation
EXPORTS = {"export_attendance", "export_chat", "export_questions"}
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(document())
# The hall lives in this process, in a thread of its own, and a letter's number there comes from `random`.
HALL_DRAWS_TOO = pytest.mark.filterwarnings(
    "ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning"
)
OPERATIONS = {found.ok().definition.raw["operationId"]: found.ok() for found in SCHEMA.get_all_operations()}


@dataclass(frozen=True)
class Caller:
    """The hall, credentials by their names, and connections to it."""

    app: Served
    credentials: dict[str, Credential]
    session: requests.Session


@pytest.fixture(scope="module")
def caller(app: Served) -> Iterator[Caller]:
    with requests.Session() as session:
        yield Caller(app, credentials_of(app), session)


@HALL_DRAWS_TOO
@bad.every(bad.ROUTES)
def test_what_the_document_allows_is_answered_as_documented(caller, route):
    try_generated(caller, route, GenerationMode.POSITIVE)


@HALL_DRAWS_TOO
@bad.every([route for route in bad.ROUTES if bad.takes_input(route)])
def test_what_the_document_forbids_is_answered_as_documented(caller, route):
    try_generated(caller, route, GenerationMode.NEGATIVE)


def try_generated(caller: Caller, route: Route, mode: GenerationMode) -> None:
    """Generated calls, each with ids that are made up and with ids that exist."""
    operation, app = OPERATIONS[route.operation], caller.app
    # A sign-out ends the sign-ins of whoever calls.
    names = (
        [name for name in NAMES if name not in PEOPLE] + ["leaver"] if route.operation == "logout" else NAMES
    )
    whose = st.sampled_from(names)
    own: list[str] = []  # a path with things that nothing was done to yet

    @given(case=operation.as_strategy(generation_mode=mode), who=whose, then=whose)
    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None,
              phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
    def answered(case: schemathesis.Case, who: str, then: str) -> None:
        check(case, caller.credentials[who])
        if route.signature.path_ids:
            if not own:
                own.append(bad.fresh_path(route, app.ada))
            case.path_parameters = bad.path_values(route, own[0])
            status = check(case, caller.credentials[then])
            if status < 400 and route.verb != "GET":
                own.clear()

    def check(case: schemathesis.Case, who: Credential) -> int:
        answer = case.call(base_url=f"{app.url}/api/v1", headers=dict(who.headers), session=caller.session)
        # The document names the JSON of an export alone; `format` asks for others.
        chosen = route.function.__name__ in EXPORTS and answer.status_code == 200
        case.validate_response(answer, checks=[status_code_conformance] if chosen else CHECKS)
        if answer.status_code >= 400:
            assert answer.status_code < 500 or answer.status_code in AWAY, answer.text
            if not route.plain:
                msgspec.json.decode(answer.content, type=bad.Envelope)
        if (who.is_refused and asks_for_one(route)) or (who.name == NOBODY and bad.is_secured(route)):
            refusals = {401, 403, *(MACHINE_FIRST if route.security else ())}
            assert answer.status_code in refusals, f"{who.name}: {answer.status_code} {answer.text}"
        return int(answer.status_code)

    answered()


def asks_for_one(route: Route) -> bool:
    """Whether a credential that is wrong is told so."""
    return bool(route.needs_actor or route.access == "public" or route.security)
