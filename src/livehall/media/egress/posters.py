"""A picture of a finished recording, to be shown in lists: `<file>.jpeg`."""

from pathlib import Path

import av

from livehall.media.egress.encoders import is_dark
from livehall.media.egress.images import jpeg

WIDTH = 640  # pixels at most
PLACES = (0.1, 0.25, 0.5, 0.75, 0.0)  # of the duration; the first that is not dark is taken


def path_of(file: Path) -> Path:
    return file.with_name(file.name + ".jpeg")


def make(file: Path, duration_s: float) -> bool:
    """False when the file has no picture that can be shown. Raises: OSError."""
    content = picture(file, duration_s)
    if content is None:
        return False
    path = path_of(file)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(content)
    temporary.replace(path)
    return True


def picture(
    file: Path, duration_s: float, *, form: str | None = None, options: dict[str, str] | None = None
) -> bytes | None:
    """A JPEG, if the file has a picture that can be shown. Raises: OSError.

    `form` and `options` of the demuxer: what is known of the file; by default ffmpeg finds it out.
    """
    try:
        with av.open(f"file:{file.absolute()}", format=form, options=options or {}) as container:
            image = _choose(container, duration_s)
    except av.FFmpegError:
        return None
    if image is None:
        return None
    width = min(WIDTH, image.width)
    small = image.reformat(width // 2 * 2, max(2, round(image.height * width / image.width) // 2 * 2))
    return jpeg(small)


def _choose(container: "av.container.InputContainer", duration_s: float) -> av.VideoFrame | None:
    best: av.VideoFrame | None = None
    if not container.streams.video:
        return None
    for place in PLACES:
        container.seek(round(place * duration_s * av.time_base))
        image = next(container.decode(video=0), None)
        if image is not None and not is_dark(image):
            return image
        best = best or image
    return best
