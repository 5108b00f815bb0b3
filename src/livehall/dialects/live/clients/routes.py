"""Operations of API clients. People handle keys; a key cannot make another one."""

from livehall.core.people import clients
from livehall.core.people.faults import ClientNotFound
from livehall.core.ports.sealing import Sealing
from livehall.core.rooms.libraries import check_known
from livehall.dialects.kit import Answer, IfMatch, Read
from livehall.dialects.live.api import api
from livehall.dialects.live.clients import wire
from livehall.dialects.live.rooms.wire import PageQuery
from livehall.dialects.live.sign_in import SignIn
from livehall.kernel.faults import Conflict, Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

TAG = "API clients"
NO_STORE = {"Cache-Control": "no-store"}


@api.route(
    "GET", "/api-clients", operation="listApiClients", tag=TAG, access="admin", machines=False,
    raises=[Forbidden],
)  # fmt: skip
async def list_api_clients(work: Read, query: PageQuery) -> wire.ApiClientListResponse:
    """The API clients in force, the newest first."""
    rows, total = await clients.page(work, query.limit, query.offset)
    return wire.ApiClientListResponse.of(rows, total, query)


@api.route(
    "POST", "/api-clients", operation="createApiClient", tag=TAG, access="admin", machines=False, status=201,
    raises=[Forbidden], answer=wire.ApiClientSecretResponse,
)  # fmt: skip
async def create_api_client(work: Work, sealing: Sealing, body: wire.CreateApiClientRequest) -> Answer:
    """Make an API key, or a signing secret, that acts for the caller.

    Its secret is shown once, here.
    """
    cmd = body.command()
    made = await clients.create(work, sealing, cmd)
    await check_known(work, cmd.library_ids, "library_ids")
    return _secret(made)


@api.route(
    "GET", "/api-clients/{id}", operation="getApiClient", tag=TAG, access="admin", machines=False,
    raises=[ClientNotFound, Forbidden], answer=wire.ApiClientResponse,
)  # fmt: skip
async def get_api_client(work: Read, id: Id) -> Answer:
    """Show an API client, with its last use."""
    client = await clients.get(work, id)
    return Answer(wire.ApiClientResponse.of(client), revision=client.revision)


@api.route(
    "PATCH", "/api-clients/{id}", operation="updateApiClient", tag=TAG, access="admin", machines=False,
    raises=[ClientNotFound, Forbidden, Conflict], answer=wire.ApiClientResponse,
)  # fmt: skip
async def update_api_client(
    work: Work, sign_in: SignIn, id: Id, if_match: IfMatch, body: wire.UpdateApiClientRequest
) -> Answer:
    """Change name, scopes, libraries or expiry."""
    cmd = body.command()
    client = await clients.update(work, id, cmd, if_match)
    await check_known(work, client.library_ids, "library_ids")
    sign_in.forget_clients()
    return Answer(wire.ApiClientResponse.of(client), revision=client.revision)


@api.route(
    "POST", "/api-clients/{id}/rotate", operation="rotateApiClient", tag=TAG, access="admin", machines=False,
    raises=[ClientNotFound, Forbidden], answer=wire.ApiClientSecretResponse,
)  # fmt: skip
async def rotate_api_client(
    work: Work, sealing: Sealing, sign_in: SignIn, id: Id, body: wire.RotateApiClientRequest | None
) -> Answer:
    """Give it a new secret.

    The old one ends at once, or lives on for the chosen time.
    """
    made = await clients.rotate(work, sealing, id, (body or wire.RotateApiClientRequest()).duration)
    sign_in.forget_clients()
    return _secret(made)


@api.route(
    "DELETE", "/api-clients/{id}", operation="revokeApiClient", tag=TAG, access="admin", machines=False,
    status=204, raises=[ClientNotFound, Forbidden],
)  # fmt: skip
async def revoke_api_client(work: Work, sign_in: SignIn, id: Id) -> None:
    """End an API client for good."""
    await clients.revoke(work, id)
    sign_in.forget_clients()


def _secret(made: clients.Made) -> Answer:
    return Answer(wire.ApiClientSecretResponse.of(made), revision=made.client.revision, headers=NO_STORE)
