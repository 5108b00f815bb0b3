"""Tables as files: CSV, XLSX or JSON, one struct a row, its members as columns (C11).

Cells that a spreadsheet would take for a formula are defused with an apostrophe (OWASP “CSV Injection”).
A writer takes rows batch by batch and gives what is ready of the file, so that neither the rows nor the file
are ever in memory as a whole.
"""

import asyncio
import csv
import io
import zipfile
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from itertools import islice
from typing import Annotated, Any, Literal, Protocol
from xml.sax.saxutils import escape

import msgspec
from msgspec import Meta
from starlette.responses import StreamingResponse

from livehall.core.messages.steps import Order

Format = Literal["csv", "xlsx", "json"]
Row = msgspec.Struct
Cell = str | int | bool | None

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
FILES = {MEDIA_TYPES[each].partition(";")[0]: bytes for each in ("csv", "xlsx")}  # beside JSON, for `also`
BATCH = 500  # rows of one piece

encode = msgspec.json.Encoder().encode


class TakeOutQuery(msgspec.Struct, kw_only=True):
    """How all that was said is taken out."""

    format: Annotated[Format, Meta(description="Default `csv`.")] = "csv"
    by: Annotated[
        Literal["time", "attendee"], Meta(description="Flat in the order of time, or attendee by attendee.")
    ] = "time"

    @property
    def order(self) -> Order:
        return "author" if self.by == "attendee" else "time"


def defused(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


class Writer(Protocol):
    def write(self, rows: Sequence[Row]) -> bytes: ...

    def end(self) -> bytes: ...


def answer(
    format: Format, name: str, kind: type[Row], rows: Iterable[Row] | AsyncIterable[Row]
) -> StreamingResponse:
    """The file as an answer: `name` without its ending, `kind` the struct that a row is."""
    writer = WRITERS[format](kind.__struct_fields__, name.partition("-")[0])
    body = streamed(writer, rows) if isinstance(rows, AsyncIterable) else pieces(writer, rows)
    return file_answer(format, name, body)


def file_answer(format: Format, name: str, body: Iterable[bytes] | AsyncIterable[bytes]) -> StreamingResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{format}"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(body, media_type=MEDIA_TYPES[format], headers=headers)


def pieces(writer: Writer, rows: Iterable[Row]) -> Iterator[bytes]:
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        yield writer.write(batch)
    yield writer.end()


async def streamed(writer: Writer, rows: AsyncIterable[Row]) -> AsyncIterator[bytes]:
    """Written in a thread, since packing takes its time."""
    batch: list[Row] = []
    async for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield await asyncio.to_thread(writer.write, batch)
            batch = []
    yield await asyncio.to_thread(writer.write, batch) + await asyncio.to_thread(writer.end)


class Csv:
    """UTF-8 with a byte order mark, one header row (RFC 4180)."""

    def __init__(self, columns: Sequence[str], _: str) -> None:
        self._columns = columns
        self._buffer = io.StringIO()
        self._buffer.write("\ufeff")
        self._writer = csv.writer(self._buffer)
        self._writer.writerow(columns)

    def write(self, rows: Sequence[Row]) -> bytes:
        for row in rows:
            self._writer.writerow([_text(cell) for cell in _cells(row, self._columns)])
        return self.end()

    def end(self) -> bytes:
        text = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return text.encode()


class Json:
    """An array."""

    def __init__(self, *_: Any) -> None:
        self._separator = b"["

    def write(self, rows: Sequence[Row]) -> bytes:
        parts = []
        for row in rows:
            parts.append(self._separator + encode(row))
            self._separator = b",\n"
        return b"".join(parts)

    def end(self) -> bytes:
        return b"[]" if self._separator == b"[" else b"]"


class Xlsx:
    """A workbook of one sheet with inline strings (ECMA-376 part 1, §18.3.1.53), deflated row by row."""

    def __init__(self, columns: Sequence[str], title: str) -> None:
        self._columns = columns
        self._out = Growing()
        self._book = zipfile.ZipFile(self._out, "w", zipfile.ZIP_DEFLATED)
        for name, text in _parts(title).items():
            self._book.writestr(name, text)
        self._sheet = self._book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True)
        self._sheet.write(f"{HEAD}<worksheet {MAIN}><sheetData>".encode())
        self._sheet.write(_xml_row(columns))

    def write(self, rows: Sequence[Row]) -> bytes:
        for row in rows:
            self._sheet.write(_xml_row(_cells(row, self._columns)))
        return self._out.taken()

    def end(self) -> bytes:
        self._sheet.write(b"</sheetData></worksheet>")
        self._sheet.close()
        self._book.close()
        return self._out.taken()


class Growing(io.RawIOBase):
    """A file that is only written, and handed on piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        return self._position

    def write(self, data: object, /) -> int:
        piece = bytes(memoryview(data))  # type: ignore[arg-type]  # zipfile writes bytes-like objects
        self._pieces.append(piece)
        self._position += len(piece)
        return len(piece)

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def _parts(title: str) -> dict[str, str]:
    return {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{SHEET}.worksheet+xml"/></Types>',
        "_rels/.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{HEAD}<workbook {MAIN} xmlns:r="{OFFICE}"><sheets>'
        f'<sheet name="{title.capitalize()}" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    }


def _xml_row(cells: Iterable[Cell]) -> bytes:
    return f"<row>{''.join(map(_xml_cell, cells))}</row>".encode()


def _xml_cell(cell: Cell) -> str:
    if cell is None:
        return "<c/>"
    if isinstance(cell, bool):
        return f'<c t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, int):
        return f"<c><v>{cell}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(defused(cell))}</t></is></c>'


def _cells(row: Row, columns: Sequence[str]) -> list[Cell]:
    return [getattr(row, column) for column in columns]


def _text(cell: Cell) -> Cell:
    if isinstance(cell, bool):
        return str(cell).lower()
    return defused(cell) if isinstance(cell, str) else cell


WRITERS: dict[Format, type[Csv] | type[Json] | type[Xlsx]] = {"csv": Csv, "json": Json, "xlsx": Xlsx}
