"""What an egress call may refuse, in the words of Twirp (twitchtv.github.io/twirp, error codes)."""

from typing import Literal

Code = Literal[
    "not_found", "invalid_argument", "failed_precondition", "unimplemented", "resource_exhausted", "internal"
]


class EgressFault(Exception):
    """A refusal: `code` is the Twirp code, `msg` says what is wrong in words for the caller."""

    def __init__(self, code: Code, msg: str) -> None:
        self.code: Code = code
        self.msg = msg
        super().__init__(f"{code}: {msg}")
