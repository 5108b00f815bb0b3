"""OBS Studio without a screen: a profile and a scene written beforehand, and it streams when it starts.

The files are those that OBS 29 itself writes (`basic.ini`, `service.json`, a collection of scenes); its
options are those of `obs --help`.
"""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import imageio_ffmpeg

from tests.media.ingress.encoder import HEIGHT, WIDTH, Encoder
from tests.support.needs import need

FPS = 30
_START_S = 30.0
_GLOBAL = """[General]
FirstRun=true
EnableAutoUpdates=false
[Basic]
Profile=Hall
ProfileDir=Hall
SceneCollection=Hall
SceneCollectionFile=Hall
"""
_PROFILE = """[General]
Name=Hall
[Video]
BaseCX={width}
BaseCY={height}
OutputCX={width}
OutputCY={height}
FPSType=0
FPSCommon={fps}
[Output]
Mode=Simple
[SimpleOutput]
StreamEncoder=x264
VBitrate=600
ABitrate=128
Preset={preset}
"""


@asynccontextmanager
async def streaming(folder: Path, url: str, key: str, *, preset: str) -> AsyncIterator[Encoder]:
    """OBS with a moving picture and a tone, streaming to "Server" and "Stream key" as a person types them.

    `preset`: of x264; OBS suggests `veryfast`, which has pictures that look ahead, `ultrafast` has none.
    """
    program, display = need("obs"), need("xvfb")
    await _film(folder / "film.mp4")
    _write_settings(folder, url, key, preset)
    screen = await asyncio.create_subprocess_exec(
        str(display), "-displayfd", "1", "-screen", "0", "1280x720x24", "-nolisten", "tcp",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert screen.stdout is not None
    number = (await asyncio.wait_for(screen.stdout.readline(), _START_S)).decode().strip()
    try:
        with (folder / "obs.log").open("wb") as log:
            obs = await asyncio.create_subprocess_exec(
                str(program), "--multi", "--startstreaming", "--minimize-to-tray",
                "--profile", "Hall", "--collection", "Hall",
                env=_environment(folder, number), stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            yield Encoder(obs)
        finally:
            if obs.returncode is None:
                os.killpg(obs.pid, signal.SIGKILL)
                await obs.wait()
    finally:
        screen.terminate()
        await screen.wait()


def _write_settings(folder: Path, url: str, key: str, preset: str) -> None:
    home = folder / "config" / "obs-studio"
    profile, scenes = home / "basic/profiles/Hall", home / "basic/scenes"
    profile.mkdir(parents=True)
    scenes.mkdir(parents=True)
    (home / "global.ini").write_text(_GLOBAL)
    (profile / "basic.ini").write_text(_PROFILE.format(width=WIDTH, height=HEIGHT, fps=FPS, preset=preset))
    service = {"type": "rtmp_custom", "settings": {"server": url, "key": key, "use_auth": False}}
    (profile / "service.json").write_text(json.dumps(service))
    film = {"local_file": str(folder / "film.mp4"), "is_local_file": True, "looping": True}
    item = {"name": "Film", "id": 1, "visible": True, "pos": {"x": 0, "y": 0}, "scale": {"x": 1, "y": 1}}
    collection = {
        "name": "Hall",
        "current_scene": "Stage",
        "current_program_scene": "Stage",
        "scene_order": [{"name": "Stage"}],
        "sources": [
            {"id": "scene", "name": "Stage", "settings": {"items": [item], "id_counter": 1}},
            {"id": "ffmpeg_source", "name": "Film", "settings": film, "mixers": 255},
        ],
    }
    (scenes / "Hall.json").write_text(json.dumps(collection))


def _environment(folder: Path, display: str) -> dict[str, str]:
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    return {
        "PATH": os.environ["PATH"],
        "DISPLAY": f":{display}",
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_RUNTIME_DIR": str(runtime),
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "QT_QPA_PLATFORM": "xcb",
        "LANG": "C.UTF-8",
    }


async def _film(path: Path) -> None:
    """Ten seconds, as large as the scene."""
    made = await asyncio.create_subprocess_exec(
        imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-loglevel", "error",
        "-f", "lavfi", "-i", f"testsrc2=size={WIDTH}x{HEIGHT}:rate={FPS}",
        "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
        "-t", "10", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-preset", "ultrafast", "-c:a", "aac",
        str(path),
    )  # fmt: skip
    assert await made.wait() == 0
