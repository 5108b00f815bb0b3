"""Use cases of webhook endpoints: administrators', and those of keys that act as one.

A secret is shown when it is made and never again; it is kept sealed, since it signs. The one before signs as
well for a while, so that a receiver can be changed without missing anything.
"""

from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from livehall.core.people import plans_store
from livehall.core.people import store as people
from livehall.core.people.rules import clean_name
from livehall.core.ports.sealing import Sealing
from livehall.core.ports.webhooks import Occasion
from livehall.core.rooms.libraries import check_known
from livehall.core.webhooks import deliveries_store, rules, store
from livehall.core.webhooks.events import WebhookChanged
from livehall.core.webhooks.faults import DeliveryNotFound, EndpointNotFound, EndpointOff, TooManyEndpoints
from livehall.core.webhooks.formats import Formats
from livehall.core.webhooks.model import Delivery, Endpoint, Format, State
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Forbidden, check_revision, invalid
from livehall.kernel.ids import Id, earliest_id, new_id
from livehall.kernel.work import Work

IN_PART = 500  # deliveries in a transaction, which on SQLite nobody else writes beside


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator has set."""

    private: bool  # whether addresses of this network, and HTTP, are allowed
    patience: timedelta  # for how long an endpoint may fail
    history: timedelta  # how long it is kept what has happened


class CreateEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """`event_types`, `library_ids`: none named, all."""

    url: str
    description: str | None = None
    format: Format = "live"
    event_types: tuple[str, ...] = ()
    library_ids: tuple[Id, ...] = ()
    is_enabled: bool = True


class UpdateEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Absent fields stay as they are; None clears."""

    url: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    event_types: tuple[str, ...] | UnsetType = UNSET
    library_ids: tuple[Id, ...] | UnsetType = UNSET
    is_enabled: bool | UnsetType = UNSET


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint with its secret, which cannot be shown again."""

    endpoint: Endpoint
    secret: str


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """An event that can be heard, with a body as it could be."""

    format: Format
    type: str
    words: str
    sample: bytes


async def known_types(work: Work, formats: Formats) -> list[Known]:
    """All that can be heard. Raises: Forbidden."""
    occasion = await _occasion(work, _check_may_handle(work.actor))
    return [
        Known(format=name, type=each, words=words, sample=formats[name].sample(each, occasion))
        for name in formats.names
        for each, words in formats[name].types.items()
    ]


async def create(work: Work, sealing: Sealing, formats: Formats, terms: Terms, cmd: CreateEndpoint) -> Made:
    """What happens from now on is told.

    Raises: Forbidden, Invalid, TooManyEndpoints. Emits: WebhookChanged.
    """
    organization_id = _check_may_handle(work.actor)
    types = formats.check(cmd.format, cmd.event_types)
    await check_known(work, cmd.library_ids, "library_ids")
    await plans_store.hold_organization(work, organization_id)  # of two at once one takes the last place
    if await store.count(work, organization_id) >= rules.MOST_ENDPOINTS:
        raise TooManyEndpoints
    endpoint_id, secret = new_id(), rules.new_secret()
    row = Endpoint(
        id=endpoint_id,
        organization_id=organization_id,
        url=rules.clean_url(cmd.url, private=terms.private),
        description=_description(cmd.description),
        format=cmd.format,
        event_types=types,
        library_ids=list(dict.fromkeys(cmd.library_ids)),
        is_enabled=cmd.is_enabled,
        off_reason=None,
        secret_enc=sealing.seal(secret, purpose=_purpose(endpoint_id)),
        previous_enc=None,
        previous_until=None,
        position=await store.top(work),
        since=work.now,
        failing_since=None,
        last_success_at=None,
        created_by=work.actor.account_id,
        revision=0,
        created_at=work.now,
        updated_at=work.now,
        deleted_at=None,
        replay_after=None,
        replay_until=None,
        give_up_until=None,
    )
    await store.add(work, row)
    _say(work, row, "made")
    return Made(endpoint=row, secret=secret)


async def page(work: Work, limit: int, offset: int) -> tuple[list[Endpoint], int]:
    """In the order in which they were made, and how many there are. Raises: Forbidden."""
    return await store.page(work, _check_may_handle(work.actor), limit, offset)


async def get(work: Work, endpoint_id: Id) -> Endpoint:
    """Raises: EndpointNotFound, Forbidden."""
    organization_id = _organization(work.actor)
    row = _found(await store.get(work, endpoint_id, organization_id))
    _check_may_handle(work.actor)
    return row


async def update(
    work: Work,
    formats: Formats,
    terms: Terms,
    endpoint_id: Id,
    cmd: UpdateEndpoint,
    expected: int | None = None,
) -> Endpoint:
    """Raises: EndpointNotFound, Forbidden, Conflict, Invalid. Emits: WebhookChanged."""
    row = await _hold(work, endpoint_id)
    check_revision(row.revision, expected)
    given: dict[str, object] = {}
    if cmd.url is not UNSET:
        given["url"] = rules.clean_url(cmd.url, private=terms.private)
    if cmd.description is not UNSET:
        given["description"] = _description(cmd.description)
    if cmd.event_types is not UNSET:
        given["event_types"] = formats.check(row.format, cmd.event_types)
    if cmd.library_ids is not UNSET:
        await check_known(work, cmd.library_ids, "library_ids")
        given["library_ids"] = list(dict.fromkeys(cmd.library_ids))
    if cmd.is_enabled is not UNSET:
        given["is_enabled"] = cmd.is_enabled
    columns = {name: value for name, value in given.items() if getattr(row, name) != value}
    if "url" in columns:
        columns["failing_since"] = None  # that was another address
    if "is_enabled" in columns:
        # What happened while it was off is told only when somebody asks for it.
        columns |= {
            "off_reason": None,
            "failing_since": None,
            "position": await store.top(work),
            "since": work.now,
            **await give_up(work, row),
        }
    if columns:
        row = await store.change(work, row, columns)
        _say(work, row, "changed")
    return row


async def rotate(work: Work, sealing: Sealing, endpoint_id: Id, overlap: timedelta) -> Made:
    """A new secret; the present one signs as well for `overlap`, one from before that no more.

    Raises: EndpointNotFound, Forbidden. Emits: WebhookChanged.
    """
    row = await _hold(work, endpoint_id)
    secret = rules.new_secret()
    columns: dict[str, object] = {
        "secret_enc": sealing.seal(secret, purpose=_purpose(row.id)),
        "previous_enc": row.secret_enc if overlap else None,
        "previous_until": work.now + overlap if overlap else None,
    }
    row = await store.change(work, row, columns)
    _say(work, row, "rotated")
    return Made(endpoint=row, secret=secret)


async def remove(work: Work, endpoint_id: Id) -> None:
    """Nothing is told any more. Raises: EndpointNotFound, Forbidden. Emits: WebhookChanged."""
    row = await _hold(work, endpoint_id)
    columns = {"deleted_at": work.now, "secret_enc": b"", "previous_enc": None, **await give_up(work, row)}
    row = await store.change(work, row, columns)
    _say(work, row, "removed")


async def test(work: Work, formats: Formats, endpoint_id: Id, type: str | None) -> Delivery:
    """Have a sample sent, once. `type` None: the first that it hears.

    Raises: EndpointNotFound, Forbidden, EndpointOff, Invalid.
    """
    row = await _hold(work, endpoint_id)
    if not row.is_enabled:
        raise EndpointOff
    writer = formats[row.format]
    chosen = type or next(iter(row.event_types or writer.types))
    if chosen not in writer.types:
        raise invalid("event_type", f"There is no event {chosen!r} in this format.")
    occasion = await _occasion(work, row.organization_id)
    sample = writer.sample(chosen, occasion)
    sent = new_delivery(row, rules.message_id(occasion.id), chosen, sample, work.now)
    sent = msgspec.structs.replace(sent, is_test=True)
    await deliveries_store.add(work, [sent])
    return sent


async def deliveries(
    work: Work, endpoint_id: Id, state: State | None, type: str | None, limit: int, offset: int
) -> tuple[list[Delivery], int]:
    """The newest first. Raises: EndpointNotFound, Forbidden."""
    row = await get(work, endpoint_id)
    return await deliveries_store.page(work, row.id, state, type, limit, offset)


async def delivery(work: Work, delivery_id: Id) -> Delivery:
    """Raises: DeliveryNotFound, Forbidden."""
    found = await deliveries_store.get(work, delivery_id, _organization(work.actor))
    if found is None or await store.get(work, found.endpoint_id, found.organization_id) is None:
        raise DeliveryNotFound
    _check_may_handle(work.actor)
    return found


async def retry(work: Work, delivery_id: Id) -> Delivery:
    """Send it again now, with its id, and again later if need be.

    Raises: DeliveryNotFound, Forbidden, EndpointOff.
    """
    found = await delivery(work, delivery_id)
    if not (await _hold(work, found.endpoint_id)).is_enabled:
        raise EndpointOff
    return await deliveries_store.retry(work, found.id)


async def replay(work: Work, terms: Terms, endpoint_id: Id, since: datetime) -> Endpoint:
    """Tell again whatever has happened since then, with the same ids; also what it has never heard.

    Raises: EndpointNotFound, Forbidden, EndpointOff, Invalid. Emits: WebhookChanged.
    """
    row = await _hold(work, endpoint_id)
    if not row.is_enabled:
        raise EndpointOff
    back = min(rules.KEPT, terms.history)
    if not work.now - back <= since <= work.now:
        raise invalid("since", f"Give an instant of the last {back.days} days.")
    columns: dict[str, object] = {"position": await store.position_before(work, since), "since": since}
    first, last = earliest_id(since), await deliveries_store.last_of(work, row.id)
    if last is not None and last > first:  # sending goes through them in small parts
        columns |= {"replay_after": min(first, row.replay_after or first), "replay_until": last}
    row = await store.change(work, row, columns)
    _say(work, row, "replayed")
    return row


async def give_up(work: Work, row: Endpoint) -> dict[str, object]:
    """Send nothing of what there is; gives the columns to set. What is many is left to sending, in parts."""
    last = await deliveries_store.last_of(work, row.id)
    is_all = last is None or await deliveries_store.abandon(work, row.id, last, IN_PART)
    return {"replay_after": None, "replay_until": None, "give_up_until": None if is_all else last}


def valid_secrets(sealing: Sealing, row: Endpoint, now: datetime) -> tuple[str, ...]:
    """What signs now: its secret, and the one before as long as that holds."""
    kept = [row.secret_enc]
    if row.previous_enc is not None and row.previous_until is not None and row.previous_until > now:
        kept.append(row.previous_enc)
    return tuple(sealing.unseal(each, purpose=_purpose(row.id)) for each in kept)


def new_delivery(row: Endpoint, message_id: str, type: str, body: bytes, now: datetime) -> Delivery:
    return Delivery(
        id=new_id(),
        organization_id=row.organization_id,
        endpoint_id=row.id,
        message_id=message_id,
        event_type=type,
        body=body.decode(),
        is_test=False,
        state="pending",
        attempts=0,
        try_at=now,
        last_attempt_at=None,
        response_status=None,
        response_excerpt=None,
        error=None,
        duration_ms=None,
        created_at=now,
    )


async def _occasion(work: Work, organization_id: Id) -> Occasion:
    organization = await people.organization_by_id(work, organization_id)
    assert organization is not None, "the actor is one of its members"
    return Occasion(id=new_id(), organization_id=organization.id, organization=organization.name, at=work.now)


async def _hold(work: Work, endpoint_id: Id) -> Endpoint:
    """What is not there comes before what may not be (C1). Raises: EndpointNotFound, Forbidden."""
    row = _found(await store.hold(work, endpoint_id, _organization(work.actor)))
    _check_may_handle(work.actor)
    return row


def _organization(actor: Actor) -> Id:
    """Raises: Forbidden, for whoever is no member."""
    if actor.member_of is None:
        raise Forbidden("Only administrators handle webhooks.")
    return actor.member_of


def _check_may_handle(actor: Actor) -> Id:
    """Raises: Forbidden."""
    if not actor.is_admin or not actor.is_whole:
        raise Forbidden("Only administrators handle webhooks.")
    return _organization(actor)


def _description(text: str | None) -> str | None:
    """Raises: Invalid."""
    return clean_name(text, "description", 500) if text and text.strip() else None


def _purpose(endpoint_id: Id) -> str:
    """What a sealed secret is bound to."""
    return f"webhook secret {endpoint_id}"


def _found(row: Endpoint | None) -> Endpoint:
    if row is None:
        raise EndpointNotFound
    return row


def _say(
    work: Work, row: Endpoint, what: Literal["made", "changed", "rotated", "replayed", "removed"]
) -> None:
    work.emit(WebhookChanged(organization_id=row.organization_id, webhook_id=row.id, what=what))
