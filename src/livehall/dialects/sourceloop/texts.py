"""Answers that are not JSON, and the choice that a caller has between two (`Accept`)."""

from livehall.dialects.kit import Answer, Call

TEXT = "text/plain"
JSON = "application/json"


def accepts(call: Call, kind: str) -> bool:
    """Whether the caller names this type; who takes anything has not asked for it."""
    given = call.headers.get("accept")
    return given is not None and any(
        each.partition(";")[0].strip().lower() == kind for each in given.split(",")
    )


def done(call: Call, words: str) -> Answer:
    """No body, as the service itself answers; the documented text for who asks for one (L42, L43)."""
    return Answer(words, status=200) if accepts(call, TEXT) else Answer(None)
