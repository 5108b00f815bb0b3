"""Use cases of people that need more than one transaction."""

import msgspec

from livehall.core.people import ops, rules, store
from livehall.core.people.events import CredentialsRevoked
from livehall.core.people.faults import InvalidCredentials, TokenReused
from livehall.core.people.ops import SignedIn
from livehall.core.ports.tokens import Passwords
from livehall.kernel.actor import Actor
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk


class Login(msgspec.Struct, frozen=True, kw_only=True):
    email: str
    password: str
    organization_id: Id | None = None


async def log_in(desk: Desk, passwords: Passwords, actor: Actor, cmd: Login) -> SignedIn:
    """Sign in with a password. The same time passes whether or not the address is known.

    Raises: InvalidCredentials, AccountDisabled.
    """
    async with desk.read(actor) as read:
        email = rules.clean_email(cmd.email)
        account = await store.account_by_email(read, email)
        members = await store.memberships_of(read, email)
    kept = account.password_hash if account else None
    matches = await passwords.verify(kept, cmd.password)
    chosen = [each for each in members if cmd.organization_id in (None, each.organization_id)]
    if not matches or not chosen:
        raise InvalidCredentials
    async with desk.work(actor) as work:
        return await ops.sign_in(work, chosen[0])


async def refresh(desk: Desk, actor: Actor, token: str) -> SignedIn:
    """Spend a refresh token for a new one of the same family.

    A spent one that comes again means that two hold it: the family is revoked, and stays so although
    the caller gets a fault. Raises: InvalidCredentials, TokenReused, AccountDisabled.
    """
    async with desk.work(actor) as work:
        found = await store.credential_by_hash(work, rules.digest(token))
        if found is None or found.kind != "refresh" or found.expires_at <= work.now or found.revoked_at:
            raise InvalidCredentials("The refresh token is unknown, expired or revoked.")
        person = await store.person(work, found.account_id, found.organization_id)
        if person is None:
            raise InvalidCredentials
        if await store.spend(work, found.id):
            return await ops.sign_in(
                work,
                person,
                family_id=found.family_id,
                session_id=found.session_id,
                visitor_key=found.visitor_key,
            )
        await store.revoke_family(work, found.family_id)
        work.emit(
            CredentialsRevoked(
                organization_id=person.organization_id, account_id=person.id, reason="token_reused"
            )
        )
    raise TokenReused
