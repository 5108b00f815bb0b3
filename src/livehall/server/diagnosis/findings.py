"""The shape of a finding."""

from typing import Literal

import msgspec

Grade = Literal["good", "weak", "bad"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """`weak` works with a limit that is named; `bad` does not work. Both carry a `fix`."""

    subject: str
    grade: Grade
    text: str
    fix: str = ""


def good(subject: str, text: str) -> Finding:
    return Finding(subject=subject, grade="good", text=text)


def weak(subject: str, text: str, fix: str) -> Finding:
    return Finding(subject=subject, grade="weak", text=text, fix=fix)


def bad(subject: str, text: str, fix: str) -> Finding:
    return Finding(subject=subject, grade="bad", text=text, fix=fix)
