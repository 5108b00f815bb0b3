"""Markdown as a tree of `{type, children}` and `{text}` (M16): the blocks and marks that descriptions use.

Blocks: paragraphs `p`, headings `h1`…`h6`, lists `ul` and `ol` of `li`, `blockquote`, `code_block`, `hr`. In
them: texts, with `bold`, `italic` or `code` where marked, and links `a` with a `url`. What is no Markdown of
these kinds is text, as it stands.
"""

import re
from collections.abc import Iterator
from typing import Any

Node = dict[str, Any]

HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
BULLET = re.compile(r"\s{0,3}[-*+]\s+(.*)")
NUMBER = re.compile(r"\s{0,3}\d{1,9}[.)]\s+(.*)")
QUOTE = re.compile(r"\s{0,3}>\s?(.*)")
RULE = re.compile(r"\s{0,3}([-*_])(?:\s*\1){2,}\s*$")
FENCE = re.compile(r"\s{0,3}(```|~~~)")
MARKS = re.compile(
    r"`(?P<code>[^`]+)`"
    r"|\[(?P<label>[^\[\]]+)\]\((?P<url>[^()\s]+)\)"
    r"|(?P<strong>\*\*|__)(?=\S)(?P<bold>.+?)(?<=\S)(?P=strong)(?![*\w])"
    r"|(?<!\w)(?P<em>[*_])(?=\S)(?P<italic>.+?)(?<=\S)(?P=em)(?!\w)"
)
DEEPEST = 8  # marks within marks


def tree_of(markdown: str) -> list[Node]:
    """The blocks of a text, in order; none for an empty one."""
    lines = markdown.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return list(_blocks(lines))


def _blocks(lines: list[str]) -> Iterator[Node]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
        elif FENCE.match(line):
            end = next((n for n in range(at + 1, len(lines)) if FENCE.match(lines[n])), len(lines))
            yield {"type": "code_block", "children": [{"text": "\n".join(lines[at + 1 : end])}]}
            at = end + 1
        elif heading := HEADING.match(line):
            yield {"type": f"h{len(heading[1])}", "children": inline(heading[2])}
            at += 1
        elif RULE.match(line):
            yield {"type": "hr", "children": [{"text": ""}]}
            at += 1
        else:
            end = _end(lines, at)
            yield _block(lines[at:end])
            at = end


def _kind(line: str) -> str:
    """Of a block that goes on over lines of its kind."""
    for name, form in (("ul", BULLET), ("ol", NUMBER), ("blockquote", QUOTE)):
        if form.match(line):
            return name
    return "p"


def _end(lines: list[str], start: int) -> int:
    kind, at = _kind(lines[start]), start + 1
    while at < len(lines) and lines[at].strip() and _kind(lines[at]) == kind:
        if FENCE.match(lines[at]) or HEADING.match(lines[at]) or RULE.match(lines[at]):
            break
        at += 1
    return at


def _block(lines: list[str]) -> Node:
    kind = _kind(lines[0])
    if kind == "p":
        return {"type": "p", "children": inline(" ".join(line.strip() for line in lines))}
    form = {"ul": BULLET, "ol": NUMBER, "blockquote": QUOTE}[kind]
    inner = [match[1] for line in lines if (match := form.match(line))]
    if kind == "blockquote":
        return {"type": kind, "children": inline(" ".join(inner))}
    return {"type": kind, "children": [{"type": "li", "children": inline(text)} for text in inner]}


def inline(text: str, depth: int = 0, **marks: bool) -> list[Node]:
    """Texts with their marks, and links. Never empty."""
    nodes: list[Node] = []
    at = 0
    for match in MARKS.finditer(text) if depth < DEEPEST else ():
        if match.start() > at:
            nodes.append({"text": text[at : match.start()], **marks})
        at = match.end()
        if match["code"] is not None:
            nodes.append({"text": match["code"], **marks, "code": True})
        elif match["url"] is not None:
            nodes.append(
                {"type": "a", "url": match["url"], "children": inline(match["label"], depth + 1, **marks)}
            )
        elif match["bold"] is not None:
            nodes += inline(match["bold"], depth + 1, **{**marks, "bold": True})
        else:
            nodes += inline(match["italic"], depth + 1, **{**marks, "italic": True})
    if at < len(text) or not nodes:
        nodes.append({"text": text[at:], **marks})
    return nodes
