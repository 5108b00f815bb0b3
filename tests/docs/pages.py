"""Pages of documentation as tests read them: fenced blocks, links, headings."""

import re
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (?P<text>.+)$", re.MULTILINE)


class Block(msgspec.Struct, frozen=True):
    """A fenced block. `info` is what stands behind the opening fence, `line` where its text begins."""

    info: str
    text: str
    line: int


def pages() -> list[Path]:
    """Every page that people read: those of the root, and all of `docs`."""
    return sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md"))


def blocks(page: Path) -> list[Block]:
    text = page.read_text()
    return [
        Block(info=found["info"].strip(), text=found["text"], line=text.count("\n", 0, found.start()) + 2)
        for found in FENCE.finditer(text)
    ]


def links(page: Path) -> list[str]:
    """The targets of all links outside of blocks."""
    return [found["target"] for found in LINK.finditer(FENCE.sub("", page.read_text()))]


def anchors(page: Path) -> set[str]:
    """What may stand behind the `#` of a link to this page, as GitHub makes it of headings."""
    headings = HEADING.findall(FENCE.sub("", page.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
