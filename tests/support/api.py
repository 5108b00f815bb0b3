"""The primary API as a client speaks it: envelopes opened, refusals as values or failures."""

from types import TracebackType
from typing import Any, Self

import httpx


class Refused(AssertionError):
    """An answer that is not a success: `status`, and `error` as the envelope has it."""

    def __init__(self, call: str, status: int, error: dict[str, Any]) -> None:
        super().__init__(f"{call}: {status} {error}")
        self.status, self.error = status, error

    @property
    def code(self) -> str:
        return str(self.error.get("code", ""))


class Api:
    """Calls below `/api/v1`, in the name of whoever the token stands for."""

    def __init__(self, url: str, token: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.http = httpx.AsyncClient(base_url=f"{url}/api/v1", headers=headers, timeout=30)

    async def get(self, path: str, **query: Any) -> Any:
        """The answer's data. Raises: Refused."""
        return _opened(await self.http.get(path, params=query))

    async def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """The answer's data, None for 204. Raises: Refused."""
        return _opened(await self.http.post(path, json=body, headers=headers))

    async def put(self, path: str, body: Any = None) -> Any:
        """The answer's data. Raises: Refused."""
        return _opened(await self.http.put(path, json=body))

    async def patch(self, path: str, body: Any) -> Any:
        """The answer's data. Raises: Refused."""
        return _opened(await self.http.patch(path, json=body))

    async def __aenter__(self) -> Self:
        await self.http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.__aexit__(kind, error, trace)


def _opened(answer: httpx.Response) -> Any:
    call = f"{answer.request.method} {answer.request.url.path}"
    if answer.status_code == 204:
        return None
    try:
        body = answer.json()
    except ValueError:
        raise Refused(call, answer.status_code, {"text": answer.text[:500]}) from None
    if not answer.is_success:
        raise Refused(call, answer.status_code, body.get("error", body))
    return body["data"]
