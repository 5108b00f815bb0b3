"""The attendance as a file (C11): CSV, XLSX or JSON, one row a person, columns as `AttendanceResponse`.

Cells that a spreadsheet would take for a formula are defused with an apostrophe (OWASP “CSV Injection”).
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

import msgspec

from livehall.dialects.live.attendance.wire import AttendanceResponse

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
COLUMNS = AttendanceResponse.__struct_fields__
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BATCH = 500  # rows of one piece

Cell = str | int | bool | None


def defused(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def as_csv(rows: Iterable[AttendanceResponse]) -> Iterator[bytes]:
    """UTF-8 with a byte order mark, one header row (RFC 4180)."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield b"\xef\xbb\xbf"
    writer.writerow(COLUMNS)
    for number, row in enumerate(rows, 1):
        writer.writerow([_text(cell) for cell in _cells(row)])
        if number % BATCH == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def as_json(rows: Iterable[AttendanceResponse]) -> Iterator[bytes]:
    """An array of `AttendanceResponse`."""
    separator = b"["
    for row in rows:
        yield separator + msgspec.json.encode(row)
        separator = b",\n"
    yield b"[]" if separator == b"[" else b"]"


def as_xlsx(rows: Iterable[AttendanceResponse]) -> Iterator[bytes]:
    """A workbook of one sheet with inline strings (ECMA-376 part 1, §18.3.1.53), deflated row by row."""
    out = Growing()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in PARTS.items():
            book.writestr(name, text)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f"{HEAD}<worksheet {MAIN}><sheetData>".encode())
            sheet.write(_xml_row(COLUMNS))
            for number, row in enumerate(rows, 1):
                sheet.write(_xml_row(_cells(row)))
                if number % BATCH == 0:
                    yield out.taken()
            sheet.write(b"</sheetData></worksheet>")
    yield out.taken()


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
PARTS = {
    "[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{SHEET}.worksheet+xml"/></Types>',
    "_rels/.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{HEAD}<workbook {MAIN} xmlns:r="{OFFICE}"><sheets>'
    '<sheet name="Attendance" sheetId="1" r:id="r1"/></sheets></workbook>',
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


def _cells(row: AttendanceResponse) -> list[Cell]:
    return [getattr(row, column) for column in COLUMNS]


def _text(cell: Cell) -> Cell:
    if isinstance(cell, bool):
        return str(cell).lower()
    return defused(cell) if isinstance(cell, str) else cell


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
