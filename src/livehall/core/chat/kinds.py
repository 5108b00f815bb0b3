"""Which files the chat takes. Pure.

What a browser could run, and what it shows as a page (HTML, SVG), is not among them. The first bytes must be
those of the kind that is named, where it has such.
"""

import re
import unicodedata

from livehall.kernel.faults import invalid

LARGEST = 10 << 20  # bytes
MOST = 20  # of one person in one session
LONGEST_NAME = 200

ZIP = b"PK\x03\x04"
OFFICE = "application/vnd.openxmlformats-officedocument"
OPEN = "application/vnd.oasis.opendocument"
KINDS: dict[str, tuple[bytes, ...]] = {  # content type → how its content begins; nothing: readable text
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
    "application/pdf": (b"%PDF-",),
    "application/zip": (ZIP,),
    f"{OFFICE}.wordprocessingml.document": (ZIP,),
    f"{OFFICE}.spreadsheetml.sheet": (ZIP,),
    f"{OFFICE}.presentationml.presentation": (ZIP,),
    f"{OPEN}.text": (ZIP,),
    f"{OPEN}.spreadsheet": (ZIP,),
    f"{OPEN}.presentation": (ZIP,),
    "text/plain": (),
    "text/csv": (),
    "text/markdown": (),
}
INLINE = frozenset(kind for kind in KINDS if kind.startswith("image/"))
"""What a browser may show in its place; everything else is saved."""


def check_kind(content_type: str) -> str:
    """The type without its parameters. Raises: Invalid."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in KINDS:
        raise invalid("content-type", "The chat takes pictures, PDF, office documents, text and ZIP.")
    return kind


def check_beginning(kind: str, content: bytes | bytearray) -> None:
    """Raises: Invalid, for what is not of the kind that it is said to be."""
    starts = KINDS[kind]
    is_so = content.startswith(starts) if starts else b"\0" not in content
    if not is_so or not content:
        raise invalid("content", "The content is not of the kind that it is said to be.")


def clean_name(name: str) -> str:
    """The last part of a path, readable, with 1 to 200 characters. Raises: Invalid."""
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1]).strip().strip(".")
    if not 1 <= len(last) <= LONGEST_NAME or any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in last):
        raise invalid("name", f"Give a name of 1 to {LONGEST_NAME} readable characters.")
    return last
