"""Firefox and Chromium, each publishing and watching, by livekit-client."""

import pytest

from tests.media.conformance.scripts import Pages, Script

pytestmark = [pytest.mark.media, pytest.mark.browser]

SMALL = {"videoCaptureDefaults": {"resolution": {"width": 640, "height": 360}}}
# Firefox sends its largest layer when its own estimate of the way allows it: 3 to 15 s on a busy machine.
RISING_S = 60
QUALITIES = ((0, 320), (2, 1280), (1, 640))


async def until_shown(watcher: Script, publisher: Script, codec: str = "vp8") -> None:
    assert (await watcher.until_decodes(publisher.identity, 10))["codec"] == codec
    await watcher.until_hears(publisher.identity)


@pytest.mark.parametrize("single", [True, False], ids=["one connection", "two connections"])
async def test_firefox_and_chromium_see_and_hear_each_other(pages: Pages, firefox_pages: Pages, single: bool):
    room = {"singlePeerConnection": single, **SMALL}
    fox, owl = await firefox_pages.join("fox", room=room), await pages.join("owl", room=room)
    await fox.do("me.enableCameraAndMicrophone()")
    await until_shown(owl, fox)
    await owl.do("me.enableCameraAndMicrophone()")
    await until_shown(fox, owl)
    await fox.do("me.setCameraEnabled(false)")
    await owl.until_told("trackMuted", "camera", "fox")
    await fox.do("me.setCameraEnabled(true)")
    await owl.until_told("trackUnmuted", "camera", "fox")
    await until_shown(owl, fox)


@pytest.mark.parametrize("codec", ["vp9", "av1"])
async def test_firefox_watches_other_codecs(pages: Pages, firefox_pages: Pages, codec: str):
    room = {"publishDefaults": {"videoCodec": codec, "backupCodec": False}, **SMALL}
    fox, owl = await firefox_pages.join("fox"), await pages.join("owl", room=room)
    await owl.do("me.setCameraEnabled(true)")
    assert (await fox.until_decodes("owl"))["codec"] == codec


async def test_chromium_chooses_among_the_layers_of_firefox(pages: Pages, firefox_pages: Pages):
    fox, owl = await firefox_pages.join("fox"), await pages.join("owl")
    await fox.do("it.draw(1280, 720, { simulcast: true }).then(() => 1)")
    await owl.until_decodes("fox")
    for quality, width in QUALITIES:
        await owl.do(f"it.seen('fox').setVideoQuality({quality})")
        await owl.until_width("fox", width, within=RISING_S)


async def test_firefox_chooses_among_the_layers_of_chromium(pages: Pages, firefox_pages: Pages):
    fox, owl = await firefox_pages.join("fox"), await pages.join("owl")
    await owl.do("it.draw(1280, 720, { simulcast: true }).then(() => 1)")
    await fox.until_decodes("owl")
    for quality, width in QUALITIES:
        await fox.do(f"it.seen('owl').setVideoQuality({quality})")
        await fox.until_width("owl", width)


@pytest.mark.parametrize("scenario", ["signal-reconnect", "full-reconnect"])
async def test_firefox_goes_on_after_a_reconnect(pages: Pages, firefox_pages: Pages, scenario: str):
    fox, owl = await firefox_pages.join("fox", room=SMALL), await pages.join("owl", room=SMALL)
    await owl.do("me.enableCameraAndMicrophone()")
    await fox.do("me.enableCameraAndMicrophone()")
    await until_shown(fox, owl)
    await fox.do(f"room.simulateScenario('{scenario}')")
    await fox.until_told("reconnected")
    await until_shown(fox, owl)
    await until_shown(owl, fox)


async def test_firefox_and_chromium_talk(pages: Pages, firefox_pages: Pages):
    fox, owl = await firefox_pages.join("fox"), await pages.join("owl")
    await fox.until("it.remote('owl')")
    await owl.do("me.registerRpcMethod('ask', async (call) => call.callerIdentity + ': ' + call.payload)")
    answer = await fox.do("me.performRpc({ destinationIdentity: 'owl', method: 'ask', payload: 'how?' })")
    assert answer == "fox: how?"
    await fox.do("me.publishData(bytes('hello'), { reliable: true, topic: 't' })")
    await owl.until("it.told('dataReceived').some((told) => told[0] === 'hello' && told[1] === 'fox')")
