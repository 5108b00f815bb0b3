"""Passwords by Argon2id (RFC 9106), in a bounded pool of threads, so that sign-ins cannot eat the machine."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

MEMORY_KIB = 19 * 1024  # OWASP's parameters for Argon2id: 19 MiB, t = 2, p = 1; about 18 ms
THREADS = 2


def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=MEMORY_KIB, parallelism=1)


@cache
def _decoy() -> str:
    """What is checked where there is no password, so that this takes as long; made once in a process."""
    return _hasher().hash("a password that nobody has")


class ArgonPasswords:
    def __init__(self) -> None:
        self._hasher = _hasher()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="passwords")
        self._decoy = _decoy()

    async def hash(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._hasher.hash, password)

    async def verify(self, kept: str | None, password: str) -> bool:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._verify, kept, password)

    def _verify(self, kept: str | None, password: str) -> bool:
        try:
            self._hasher.verify(kept or self._decoy, password)
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False
        return kept is not None

    def close(self) -> None:
        self._pool.shutdown()
