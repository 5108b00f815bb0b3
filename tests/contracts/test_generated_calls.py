"""Generated calls of every operation: the document names each answer, and none is a 5xx by our own fault."""

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
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
from tests.support.served import Served

AWAY = {502, 503}  # documented: a part is really away
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


@HALL_DRAWS_TOO
@bad.every(bad.ROUTES)
def test_what_the_document_allows_is_answered_as_documented(app, route):
    try_generated(app, route, GenerationMode.POSITIVE)


@HALL_DRAWS_TOO
@bad.every([route for route in bad.ROUTES if bad.takes_input(route)])
def test_what_the_document_forbids_is_answered_as_documented(app, route):
    try_generated(app, route, GenerationMode.NEGATIVE)


def try_generated(app: Served, route: Route, mode: GenerationMode) -> None:
    """Generated calls, each with ids that are made up and with ids that exist."""
    operation = OPERATIONS[route.operation]
    # A sign-out ends the sign-ins of whoever calls.
    token = app.token("vera" if route.operation == "logout" else "ada")
    headers = {"Authorization": f"Bearer {token}", "X-Proxy-Secret": app.secrets.centrifugo_secret}

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None,
              phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
    def answered(case: schemathesis.Case) -> None:
        check(case)
        if route.signature.path_ids:
            case.path_parameters = bad.path_values(route, bad.fresh_path(route, app.ada))
            check(case)

    def check(case: schemathesis.Case) -> None:
        answer = case.call(base_url=f"{app.url}/api/v1", headers=headers)
        # The document names the JSON of an export alone; `format` asks for others.
        chosen = route.function.__name__ in EXPORTS and answer.status_code == 200
        case.validate_response(answer, checks=[status_code_conformance] if chosen else CHECKS)
        if answer.status_code >= 400:
            assert answer.status_code < 500 or answer.status_code in AWAY, answer.text
            if not route.plain:
                msgspec.json.decode(answer.content, type=bad.Envelope)

    answered()
