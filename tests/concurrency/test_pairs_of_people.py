"""Two calls at once about who somebody is: signing in, keys, invitations, registrations, roles."""

import asyncio
import base64
import secrets

import pytest

from livehall.core.reminders.ops import link_of
from tests.concurrency.pairs import Somebody, Two
from tests.concurrency.scenes import (
    ABSENT,
    CHANGED,
    GONE,
    MADE,
    STATE,
    THERE,
    WON,
    a_room,
    a_session,
    both,
    twice,
)
from tests.concurrency.table import of

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]


@of(
    "login", "loginDevice", "registerViewer", "createAuthCode", "exchangeAuthCode", "refreshToken", "logout"
)  # fmt: skip
async def test_signing_in(two: Two) -> None:
    password = secrets.token_urlsafe(12)
    email = f"ann.{two.number}@example.org"
    await two.here.person(email, "host", password=password)
    stranger = Somebody("", "", two.here.client(), two.there.client())
    assert await twice(stranger, "POST", "/auth/login", {"email": email, "password": password}) == [WON, WON]

    # An address is one account's, a device one viewer's.
    body = {"username": "Cy", "email": f"cy.{two.number}@example.org"}
    answers = await stranger.twice("POST", "/auth/viewers", body)
    assert sorted(answer.status_code for answer in answers) in ([201, 201], [201, 409])
    assert await two.count("account", f"email = '{body['email']}'") <= 1
    device = next(answer for answer in answers if answer.is_success).json()["data"]["device_token"]
    assert await twice(stranger, "POST", "/auth/device", {"device_token": device}) == [WON, WON]

    # A system's identifier is one account's.
    boss = await two.person("boss", "admin")
    body = {"external_user_id": f"x-{two.number}", "username": "Xenia"}
    answers = await boss.twice("POST", "/auth/code", body)
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    assert await two.count("membership", f"external_user_id = 'x-{two.number}'", key="account_id") == 1
    code = answers[0].json()["data"]["code"]
    assert await twice(stranger, "POST", "/auth/exchange", {"code": code}) == [WON, (410, "code_expired")]
    code = answers[1].json()["data"]["code"]
    tokens = await stranger.post("/auth/exchange", {"code": code}, 200)
    refresh = {"refresh_token": tokens["refresh_token"]}
    assert await twice(stranger, "POST", "/auth/refresh", refresh) == [WON, (401, "token_reused")]

    # Signed out is signed out, whoever refreshes meanwhile.
    for body in (refresh, {}, {"all_devices": True}):
        tokens = await stranger.post("/auth/login", {"email": email, "password": password}, 200)
        signed, refresh = two.here.client(tokens["access_token"]), {"refresh_token": tokens["refresh_token"]}
        out, again = await asyncio.gather(
            signed.post("/auth/logout", json=body and (body if "all_devices" in body else refresh)),
            two.there.client().post("/auth/refresh", json=refresh),
        )
        assert (out.status_code, again.status_code) in ((204, 200), (204, 401))
        if again.is_success:
            left = {"refresh_token": again.json()["data"]["refresh_token"]}
            assert (await two.here.client().post("/auth/refresh", json=left)).status_code == 401


@of("setPrivacyPolicy")
async def test_terms(two: Two) -> None:
    ada = await two.person("ada", "admin")
    answers = await ada.twice("PUT", "/privacy/policy", {"text": "North."}, {"text": "South."})
    versions = [answer.json()["data"]["version"] for answer in answers]
    assert abs(int(versions[0]) - int(versions[1])) == 1
    etag = (await ada.here.get("/privacy/policy")).headers["etag"]
    texts = ({"text": "East."}, {"text": "West."})
    assert await twice(ada, "PUT", "/privacy/policy", *texts, **{"If-Match": etag}) == [WON, CHANGED]
    assert await two.told("organization.privacy") == 3


@of("createApiClient", "updateApiClient", "rotateApiClient", "revokeApiClient", "revokeClientToken")
async def test_api_clients(two: Two) -> None:
    ada = await two.person("ada", "admin")
    assert await twice(ada, "POST", "/api-clients", {"name": "CRM"}) == [MADE, MADE]
    made = await ada.post("/api-clients", {"name": "ERP"}, 201)
    path = f"/api-clients/{made['client']['id']}"
    etag = (await ada.here.get(path)).headers["etag"]
    names = ({"name": "North"}, {"name": "South"})
    assert await twice(ada, "PATCH", path, *names, **{"If-Match": etag}) == [WON, CHANGED]

    # Of two new secrets the later one holds; with an overlap, the one before too.
    keys = [answer.json()["data"]["secret"] for answer in await ada.twice("POST", f"{path}/rotate")]
    asked = [(await two.here.client().get("/whoami", headers={"X-Api-Key": key})).status_code for key in keys]
    assert sorted(asked) == [200, 401]
    answers = await both(ada.here.delete(path), ada.there.post(f"{path}/rotate"))
    assert answers in ([WON, GONE], [GONE, ABSENT])
    assert await two.count("api_client", f"id = '{made['client']['id']}' AND revoked_at IS NULL") == 0
    assert await twice(ada, "DELETE", path) == [ABSENT, ABSENT]

    # An issuer has ten signing secrets, however many are asked for at once.
    signs = {"name": "Sign-in", "kind": "signing_secret", "issuer": f"acme-{two.number}"}
    for _ in range(9):
        await ada.post("/api-clients", signs, 201)
    assert await twice(ada, "POST", "/api-clients", signs) == [MADE, (422, "validation_failed")]
    assert await two.count("api_client", f"issuer = 'acme-{two.number}'") == 10

    made = await ada.post("/api-clients", {"name": "Shop", "kind": "oauth"}, 201)
    basic = base64.b64encode(f"{made['client']['client_id']}:{made['secret']}".encode()).decode()
    said = {"Authorization": f"Basic {basic}"}
    grant = {"grant_type": "client_credentials"}
    token = (await two.here.client().post("/oauth/token", data=grant, headers=said)).json()["access_token"]
    answers = await both(
        *(
            hall.client().post("/oauth/revoke", data={"token": token}, headers=said)
            for hall in (two.here, two.there)
        )
    )
    assert answers == [WON, WON]
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await two.here.client().get("/whoami", headers=bearer)).status_code == 401


@of(
    "registerForRoom", "registerForSession", "importRegistrations", "setRegistrationForm",
    "approveRegistration", "denyRegistration", "cancelRegistration", "cancelOwnRegistration",
    "updateRegistration", "resendRegistration", "tradeAccessLink", "setOwnConsent",
)  # fmt: skip
async def test_registrations(two: Two) -> None:
    ada = await two.person("ada", "host")
    room = f"/rooms/{await a_room(ada)}"
    form = {"mode": "required", "approval": "manual", "capacity": 3}
    assert await twice(ada, "PUT", f"{room}/registration", form) == [WON, WON]
    assert await two.told("room.registration") == 1
    session = await a_session(ada, room[7:], live=False)

    # I6: one registration of an address and place.
    bo = {"email": f"bo.{two.number}@example.org", "first_name": "Bo", "last_name": "Li"}
    assert await twice(ada, "POST", f"{room}/registrations", bo) == [MADE, MADE]
    assert await two.count("participant") == await two.told("participant.registered") == 1
    cy = {**bo, "email": f"cy.{two.number}@example.org"}
    answers = await ada.twice("POST", f"{session}/registrations", cy)
    mine = answers[0].json()["data"]
    assert await two.count("participant") == 2

    # The last place is taken by one.
    stranger = Somebody("", "", two.here.client(), two.there.client())
    late = [{**bo, "email": f"late{number}.{two.number}@example.org"} for number in range(2)]
    answers = await twice(stranger, "POST", f"{room}/registrations", *late)
    assert answers == [MADE, (409, "registration_full")]
    lines = {"csv": f"email\ndan.{two.number}@example.org\n"}
    await ada.ask("PUT", f"{room}/registration", {**form, "capacity": None}, 200)
    answers = await both(
        ada.here.post(f"{room}/registrations/import", json=lines),
        ada.there.post(f"{room}/registrations/import", json=lines),
    )
    assert answers == [WON, WON]
    assert await two.count("participant", f"email = 'dan.{two.number}@example.org'") == 1

    # Approved or denied; never both.
    rows = await two.rows(f"SELECT id, email FROM participant WHERE id > '{two.mark}'")
    one = {row["email"]: f"/registrations/{row['id']}" for row in rows}
    of_bo, of_cy = one[bo["email"]], one[cy["email"]]
    answers = await both(ada.here.post(f"{of_bo}/approve"), ada.there.post(f"{of_bo}/deny"))
    assert answers == [WON, STATE]
    assert await two.told("participant.registration") == 1
    assert await twice(ada, "POST", f"{of_cy}/approve") == [WON, WON]
    assert await two.told("participant.registration") == 2
    assert await twice(ada, "POST", f"{of_cy}/resend") == [WON, WON]
    etag = (await ada.here.get(of_cy)).headers["etag"]
    names = ({"first_name": "North"}, {"first_name": "South"})
    assert await twice(ada, "PATCH", of_cy, *names, **{"If-Match": etag}) == [WON, CHANGED]
    taken = [{"email": f"same.{two.number}@example.org"}] * 2
    answers = await both(
        ada.here.patch(of_bo, json=taken[0]),
        ada.there.patch(next(at for email, at in one.items() if email.startswith("late")), json=taken[1]),
    )
    assert answers == [WON, THERE]

    corrected = await two.told("participant.corrected")

    # One account for one link, and none after it was cancelled.
    token = mine["access_link"].rpartition("#")[2]
    link = {"access_token": token}
    assert await twice(stranger, "POST", "/auth/access-link", link) == [WON, WON]
    assert await two.count("participant", "account_id IS NOT NULL") == 1
    consent = f"/registrations/self/consent?token={token}"
    assert await twice(stranger, "PUT", consent, {"accepted": True}) == [WON, WON]
    assert await two.told("participant.corrected") == corrected + 1
    answers = await both(
        ada.here.delete(of_cy), two.there.client().delete("/registrations/self", params={"token": token})
    )
    assert answers == [GONE, GONE]
    assert await two.told("participant.registration") == 3
    assert (await two.here.client().post("/auth/access-link", json=link)).status_code == 403


@of("cancelRegistration", "joinSession")
async def test_nobody_comes_in_by_a_registration_that_is_cancelled(two: Two) -> None:
    ada, bo = await two.person("ada", "host"), await two.person("bo")
    room = await a_room(ada)
    path = await a_session(ada, room)
    await ada.ask("PUT", f"/rooms/{room}/registration", {"mode": "required"}, 200)
    for _ in range(4):
        made = await ada.post(f"/rooms/{room}/registrations", {"email": bo.email}, 201)
        await bo.post(f"{path}/join", {"prefer": "hls"}, 200)
        answers = await both(
            ada.here.delete(f"/registrations/{made['id']}"),
            bo.there.post(f"{path}/join", json={"prefer": "hls"}),
        )
        assert answers in ([WON, GONE], [GONE, (403, "registration_required")])
        await two.drained()
        assert await two.count("attendance", "state IN ('expected', 'present', 'waiting')") == 0


@of("invitePerson", "invitePeople", "inviteSpeaker", "inviteSpeakers", "updatePerson", "withdrawPerson")
async def test_invited_people(two: Two) -> None:
    ada, bo = await two.person("ada", "host"), await two.person("bo", "viewer")
    path = await a_session(ada, live=False)

    # I6: one row a person, whatever they are asked as, and by whichever name.
    answers = await both(
        ada.here.post(f"{path}/people", json={"user_id": bo.id}),
        ada.there.post(f"{path}/speakers", json={"email": bo.email}),
    )
    assert all(status in (200, 201) for status, _ in answers) or CHANGED in answers, answers
    assert await two.count("participant", "deleted_at IS NULL") == 1
    (row,) = await two.rows(f"SELECT id, role FROM participant WHERE id > '{two.mark}'")
    assert row["role"] == "speaker"
    many = {"people": [{"email": f"{name}.{two.number}@example.org"} for name in ("cy", "di", "ed")]}
    turned = {"people": many["people"][::-1]}
    answers = await both(
        ada.here.post(f"{path}/people/bulk", json=many), ada.there.post(f"{path}/speakers/bulk", json=turned)
    )
    assert answers == [WON, WON]
    assert await two.count("participant", "deleted_at IS NULL") == 4

    person = f"{path}/people/{row['id']}"
    listed = (await ada.here.get(f"{path}/people")).json()["data"]["people"]
    assert len(listed) == 4
    assert await twice(ada, "PATCH", person, {"title": "North"}, {"title": "South"}) == [WON, WON]
    answers = await both(ada.here.delete(person), bo.there.patch(person, json={"rsvp": "accepted"}))
    assert answers[0] == GONE or answers in ([WON, GONE], [GONE, ABSENT]), answers
    assert await twice(ada, "DELETE", person) == [ABSENT, ABSENT]
    assert await two.told("person.withdrawn") == 1


@of("addCoHost", "removeCoHost", "addModerator", "removeModerator")
async def test_staff(two: Two) -> None:
    ada, bo, cy = await two.person("ada", "host"), await two.person("bo"), await two.person("cy")
    path = await a_session(ada)

    # I6, I16: one row, in the higher of both roles, or what came first.
    answers = await both(
        ada.here.post(f"{path}/co-hosts", json={"user_id": bo.id}),
        ada.there.post(f"{path}/moderators", json={"email": bo.email}),
    )
    assert MADE in answers, answers
    assert await two.count("participant", "deleted_at IS NULL") == 1
    roles = {row["role"] for row in await two.rows(f"SELECT role FROM participant WHERE id > '{two.mark}'")}
    assert roles == {"co_host"}
    for role in ("co-hosts", "moderators"):
        answers = await twice(ada, "POST", f"{path}/{role}", {"user_id": cy.id})
        assert MADE in answers, answers
        assert await twice(ada, "DELETE", f"{path}/{role}/{cy.id}") == [GONE, ABSENT]


@of("subscribeReminders", "unsubscribeReminders", "unsubscribeByLink")
async def test_reminders(two: Two) -> None:
    ada, bo = await two.person("ada", "host"), await two.person("bo")
    path = f"/rooms/{await a_room(ada)}/reminders"
    channels = {"channels": ["email"]}
    answers = await both(bo.here.post(path, json=channels), bo.there.delete(path))
    assert MADE in answers
    answers = await twice(bo, "POST", path, channels)
    assert all(status in (200, 201) for status, _ in answers), answers
    assert await two.count("follow", "reminders IS NOT NULL", key="account_id") == 1
    assert await twice(bo, "DELETE", path) in ([GONE, GONE], [GONE, ABSENT])
    await bo.post(path, channels)
    link = link_of(two.here.app.house.sealing, bo.id, path.split("/")[2])
    stranger = Somebody("", "", two.here.client(), two.there.client())
    answers = await both(
        stranger.here.post(f"/unsubscribe/{link}"), stranger.there.post(f"/unsubscribe/{link}")
    )
    assert answers == [GONE, GONE]
    assert await two.count("follow", "reminders IS NOT NULL", key="account_id") == 0
