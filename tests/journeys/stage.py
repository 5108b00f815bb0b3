"""A hall with a live session in it, for the tests that break something meanwhile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser

from tests.journeys.people import Host, Viewer
from tests.support import browser, fake_media
from tests.support.api import Api
from tests.support.hall import Hall
from tests.support.needs import need


@dataclass(kw_only=True)
class Stage:
    """One live session: its host at a browser, and the API in the host's name."""

    hall: Hall
    chromium: Browser
    host: Host
    api: Api
    room_id: str
    session_id: str

    async def seat(self, name: str) -> Viewer:
        """A viewer who sees the moving picture."""
        viewer = await Viewer.arrive(self.chromium, self.hall)
        await viewer.enter(self.room_id, name)
        await browser.shows_moving_picture(viewer.page, within=30)
        return viewer

    async def audience(self) -> list[str]:
        """The names of the viewers in the attendance, one for each row."""
        rows = (await self.api.get(f"/sessions/{self.session_id}/attendance"))["attendance"]
        return sorted(row["username"] for row in rows if row["role"] == "viewer")


@asynccontextmanager
async def live_stage(hall: Hall, devices: fake_media.Devices, *, recorded: bool) -> AsyncIterator[Stage]:
    """A host who is live, for the length of a block; the session is left to the hall's end."""
    async with browser.chromium(need("chromium"), devices) as chromium:
        host = await Host.arrive(chromium, hall)
        try:
            await host.sign_in(hall.sign_in_link)
            room_id = await host.make_room("The room of misfortunes")
            session_id = await host.make_session("What can go wrong", recorded=recorded)
            await host.go_live(session_id)
        except BaseException:
            await host.photograph("host")
            raise
        async with hall.api(host.token) as api:
            yield Stage(
                hall=hall, chromium=chromium, host=host, api=api, room_id=room_id, session_id=session_id
            )
