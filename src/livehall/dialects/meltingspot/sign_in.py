"""Who calls: an API key of the organization, bare in the header or behind `Bearer` (M1)."""

from livehall.core.people.api_keys import ApiKeys
from livehall.dialects.kit import Call, Route
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Forbidden, Unauthenticated


class SignIn:
    def __init__(self, keys: ApiKeys) -> None:
        self._keys = keys

    async def __call__(self, call: Call) -> Actor:
        """Raises: Unauthenticated."""
        key = key_of(call)
        if key is None:
            raise Unauthenticated("Send the secret key in `Authorization`.")
        return await self._keys.read(key)


def key_of(call: Call) -> str | None:
    """The key, whichever of the two ways it stands in the header."""
    header = call.headers.get("authorization", "").strip()
    scheme, _, rest = header.partition(" ")
    key = rest.strip() if scheme.lower() == "bearer" else header
    return key or None


def permit(route: Route, _: Call, actor: Actor) -> None:
    """What a key may do here at all; the operation decides the rest as for a person. Raises: Forbidden."""
    if actor.library_ids is not None:
        raise Forbidden("This key is limited to libraries; this API takes keys of the whole Spot.")
    route.check_client(actor)
