"""Somebody by the older Python SDK, in a process of its own: `python -m … URL TOKEN`.

Films and speaks from the beginning, and does what calls ask for:
`seen` answers with the pictures and sounds decoded so far, `mute` and `unpublish` do so with the sound,
`ask` with a payload asks the caller back. Leaves when its standard input ends.
"""

import asyncio
import json
import sys

from livekit import rtc

from tests.media.conformance.people import Person


async def main(url: str, token: str) -> None:
    person = Person()
    await person.room.connect(url, token, rtc.RoomOptions())

    async def seen(_: rtc.RpcInvocationData) -> str:
        pictures, sounds = sum(map(len, person.pictures.values())), sum(person.sounds.values())
        return json.dumps({"sdk": rtc.__version__, "pictures": pictures, "sounds": sounds})

    async def mute(_: rtc.RpcInvocationData) -> str:
        sound.track.mute()
        return ""

    async def unpublish(_: rtc.RpcInvocationData) -> str:
        await person.me.unpublish_track(sound.sid)
        return ""

    async def ask(call: rtc.RpcInvocationData) -> str:
        whom = {"destination_identity": call.caller_identity, "method": "answer"}
        return await person.me.perform_rpc(**whom, payload=call.payload)

    for method in (seen, mute, unpublish, ask):
        person.me.register_rpc_method(method.__name__, method)
    await person.film()
    sound = await person.speak()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await person.leave()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
