"""The people of a journey, each with a browser context of their own, and what they do at the pages."""

import time
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from playwright.async_api import Browser, Locator, Page, Request, expect
from playwright.async_api import Error as PlaywrightError

from tests.support import browser
from tests.support.detour import Detour
from tests.support.hall import Hall
from tests.support.waiting import eventually

PATIENCE_MS = 30_000
PHOTOGRAPHS = Path(__file__).parent.parent.parent / "test-results"
PUBLISHED = "height=360&fps=15&simulcast=0"


class Person:
    """Somebody at a page; `token` is the access token that the pages use, clock times are since 1970."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page, self.origin = page, origin
        self.complaints: list[str] = []
        self.called: dict[str, float] = {}  # last part of an API path: when it was last called, clock
        self.token = ""
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._note)

    @classmethod
    async def arrive(
        cls, chromium: Browser, hall: Hall, detour: Detour | None = None, *, pages_too: bool = False
    ) -> Self:
        """Open a browser; through the detour goes its media, and with `pages_too` all the rest."""
        # A page that comes by another port may not connect to the server's by its own policy.
        context = await chromium.new_context(locale="en-GB", bypass_csp=pages_too)
        context.set_default_timeout(PATIENCE_MS)
        await browser.watch(context)
        if detour is not None:
            await context.add_init_script(detour.script(sockets=pages_too))
        page = await context.new_page()
        port = detour.tcp[hall.port] if detour is not None and pages_too else hall.port
        return cls(page, f"http://127.0.0.1:{port}")

    def _note(self, request: Request) -> None:
        self.called[urlsplit(request.url).path.rpartition("/")[2]] = time.time()
        self.token = request.headers.get("authorization", f"Bearer {self.token}").removeprefix("Bearer ")

    async def write(self, text: str) -> None:
        """Write into the chat."""
        await self.page.get_by_test_id("chat-input").fill(text)
        await self.page.get_by_test_id("chat-send").click()

    async def chat(self) -> list[str]:
        """The texts in the chat, oldest first."""
        return await self.page.get_by_test_id("chat-text").all_inner_texts()

    async def reads(self, *texts: str) -> None:
        """Wait until these texts are in the chat."""
        for text in texts:
            await expect(self.page.get_by_test_id("chat-text").filter(has_text=text)).to_have_count(
                1, timeout=PATIENCE_MS
            )

    async def photograph(self, name: str) -> None:
        """Keep what the page shows, for whoever looks into a failure."""
        PHOTOGRAPHS.mkdir(exist_ok=True)
        await self.page.screenshot(path=PHOTOGRAPHS / f"{name}.png", timeout=PATIENCE_MS)


class Host(Person):
    async def sign_in(self, link: str) -> None:
        await self.page.goto(link)
        try:
            await self.page.wait_for_url("**/rooms")
        except PlaywrightError as error:
            error.add_note(f"The page says: {await self.page.inner_text('body')}; faults: {self.complaints}")
            raise

    async def open_report(self, session_id: str) -> None:
        await self.page.goto(f"{self.origin}/reports/{session_id}")
        await self.page.get_by_test_id("attendee").first.wait_for()

    async def plays_replay(self, room_id: str, recording_id: str) -> tuple[float, list[int | None]]:
        """Open the replay page and play: the duration it shows, and the numbers at two moments."""
        await self.page.goto(f"{self.origin}/w/{room_id}/replay/{recording_id}")
        video = self.page.get_by_test_id("replay-video")
        await video.evaluate("video => video.play()")
        numbers = []
        for moment in (1.0, 3.0):
            await self._has_played(video, moment)
            numbers.append(await browser.frame_number(self.page))
        shown = await self.page.get_by_test_id("replay-duration").get_attribute("data-seconds")
        return float(shown or 0), numbers

    async def _has_played(self, video: Locator, second: float) -> None:
        await eventually(
            lambda: video.evaluate("video => video.currentTime"),
            lambda at: at > second,
            within=PATIENCE_MS / 1000,
            what=f"second {second} of the replay",
        )

    async def make_room(self, title: str) -> str:
        """A new room; its id."""
        await self.page.get_by_role("button", name="New room").click()
        await self.page.get_by_label("Name of the room").fill(title)
        await self.page.get_by_role("button", name="Create room").click()
        await self.page.wait_for_url("**/rooms/*")
        return self._last_of_path()

    async def make_session(self, title: str, *, recorded: bool) -> str:
        """A new session in the room that is open; its id."""
        await self.page.get_by_role("button", name="New session").click()
        await self.page.get_by_label("Title of the session").fill(title)
        await self.page.get_by_label("Record this session").set_checked(recorded, force=True)
        await self.page.get_by_role("button", name="Create session").click()
        await self.page.get_by_role("listitem").filter(has_text=title).get_by_test_id("to-studio").click()
        await self.page.wait_for_url("**/studio/*")
        return self._last_of_path()

    async def go_live(self, session_id: str) -> None:
        """From backstage to live, with 640 × 360 at 15 frames a second in one layer."""
        await self.page.goto(f"{self.origin}/studio/{session_id}?{PUBLISHED}")
        await self.page.get_by_test_id("go-live").click()
        await self.page.get_by_test_id("go-live-now").click()
        await self.page.get_by_test_id("end-session").wait_for()

    async def end(self) -> float:
        """End the session by the button; when the API was called, by the clock."""
        await self.page.get_by_test_id("end-session").click()
        await self.page.get_by_test_id("confirm-end").click()
        await self.page.get_by_test_id("ended").wait_for()
        return self.called["end"]

    def _last_of_path(self) -> str:
        return urlsplit(self.page.url).path.rpartition("/")[2]


class Viewer(Person):
    async def enter(self, room_id: str, name: str) -> None:
        """Open the room's link and give a name."""
        await self.page.goto(f"{self.origin}/w/{room_id}")
        await self.page.get_by_test_id("viewer-name").fill(name)
        await self.page.get_by_test_id("enter").click()

    async def connected_at(self) -> float:
        """When the media connection stood, by this page's clock."""
        at: float = await eventually(
            lambda: self.page.evaluate("probe.connectedAt"), within=PATIENCE_MS / 1000, what="a connection"
        )
        return at

    async def shows(self) -> int:
        """The number of the frame on screen, as soon as there is one."""
        number = await eventually(
            lambda: browser.frame_number(self.page),
            lambda seen: seen is not None,
            within=30,
            what="a picture",
        )
        assert number is not None
        return number

    async def leave(self) -> float:
        """Leave by the button; when the API was called, by the clock."""
        await self.page.get_by_test_id("leave").click()
        await self.page.get_by_test_id("come-back").wait_for()
        return self.called["leave"]
