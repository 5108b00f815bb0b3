"""Who calls: an access token of an OAuth client, made by this API's token endpoint."""

import msgspec

from livehall.core.people.bearers import Bearers
from livehall.dialects.kit import Call, Route
from livehall.dialects.voila import ids
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Forbidden, Unauthenticated

SCOPE = "voila/partner_access"


class SignIn:
    def __init__(self, bearers: Bearers) -> None:
        self._bearers = bearers

    async def __call__(self, call: Call) -> Actor:
        """Raises: Unauthenticated, BadToken, ExpiredToken."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self._bearers.is_one(token.strip()):
            raise Unauthenticated("Send `Authorization: Bearer` and an access token.")
        found = await self._bearers.read(token.strip())
        scopes = (*found.actor.scopes, *found.claims.scopes)
        return msgspec.structs.replace(found.actor, scopes=scopes)


def permit(route: Route, call: Call, actor: Actor) -> None:
    """The token is for this API and the tenant in the path (V10, V11), and its client may use the operation.

    Raises: Forbidden, Unauthenticated.
    """
    if SCOPE not in actor.scopes:
        raise Forbidden(f"The token lacks the scope {SCOPE}.")
    if ids.inside(call.http.path_params["organizationId"]) != actor.organization_id:
        raise Forbidden("The token was issued for another tenant.")
    if actor.library_ids is not None:
        raise Forbidden("This client is limited to libraries; this API takes those of the whole tenant.")
    route.check_client(actor)
