"""How a vote names its voter, so that one person has one ballot whatever the number of devices.

In a poll with names the key is the person. In an anonymous one it is HMAC-SHA-256, under a key that the
database does not hold, of the poll and the person:

- the votes, a dump or a backup lead back to nobody: without the key a guess cannot be tried;
- the same person has another key in every poll, so the ballots of one person cannot be laid side by side;
- `account_id` is left out, a vote has no row in the journal, no id and no time, and neither an answer nor
  an export knows anybody's choice but the caller's own, which is found by making the key again.

What remains: whoever holds the database and the server's own key together can try all accounts; and
PostgreSQL's files keep rows in the order in which they came. A new server key makes votes of before
unknown: who has voted already could do so once more while the poll is open.
"""

import hmac
from base64 import urlsafe_b64encode

from livehall.core.polls.model import Poll
from livehall.kernel.ids import Id

KEY_BYTES = 16  # of the digest: no two of a million voters meet (RFC 2104 §5 allows half of it)


class Secrecy:
    def __init__(self, key: bytes) -> None:
        self._key = key

    def voter_key(self, poll: Poll, person: Id) -> str:
        """`person`: the account, else the device."""
        if not poll.anonymous:
            return person
        digest = hmac.digest(self._key, f"{poll.id} {person}".encode(), "sha256")
        return urlsafe_b64encode(digest[:KEY_BYTES]).decode().rstrip("=")
