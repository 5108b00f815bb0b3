"""Texts of people, fit for a line of a file."""

import unicodedata


def plain(text: str) -> str:
    """Without control characters, which could end a line of the file; the library escapes line feeds."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(c for c in lines if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs"))
