"""A number that a picture carries: 8 × 4 cells, black or white, readable after compression and scaling.

The corners are reference cells (white, black / black, white). The other 28, row by row, are 16 bits of number
and 12 bits of check, most significant first; a picture without a number, or half of two, fails the check.
`frame_code.js` reads the same in a page.
"""

import numpy as np
from numpy.typing import NDArray

COLUMNS, ROWS = 8, 4
BLACK, WHITE = 32, 220  # luma
CORNERS = {0: 1, COLUMNS - 1: 0, COLUMNS * (ROWS - 1): 0, COLUMNS * ROWS - 1: 1}
CODE_CELLS = [cell for cell in range(COLUMNS * ROWS) if cell not in CORNERS]
LEAST_CONTRAST = 60  # between the white and the black corners, of 255

Luma = NDArray[np.uint8]


def check_of(number: int) -> int:
    """12 bits that a wrong number does not have by accident."""
    return (number * 2741 + 1733) & 0xFFF


def draw(number: int, width: int, height: int) -> Luma:
    """The luma plane of a picture that carries `number` (0 to 65535)."""
    code = (number << 12) | check_of(number)
    bits = np.zeros(COLUMNS * ROWS, dtype=np.uint8)
    for cell, bit in CORNERS.items():
        bits[cell] = bit
    for place, cell in enumerate(CODE_CELLS):
        bits[cell] = (code >> (len(CODE_CELLS) - 1 - place)) & 1
    luma = np.where(bits == 1, WHITE, BLACK).astype(np.uint8).reshape(ROWS, COLUMNS)
    return luma.repeat(height // ROWS, axis=0).repeat(width // COLUMNS, axis=1)


def read(luma: Luma) -> int | None:
    """The number of a picture of any size, or None when it carries none."""
    height, width = luma.shape[0] // ROWS, luma.shape[1] // COLUMNS
    middle = luma[: height * ROWS, : width * COLUMNS].reshape(ROWS, height, COLUMNS, width)
    middle = middle[:, height // 4 : -(height // 4), :, width // 4 : -(width // 4)]
    cells = middle.mean(axis=(1, 3)).reshape(-1)
    white = min(cells[cell] for cell, bit in CORNERS.items() if bit)
    black = max(cells[cell] for cell, bit in CORNERS.items() if not bit)
    if white - black < LEAST_CONTRAST:
        return None
    code = 0
    for cell in CODE_CELLS:
        code = (code << 1) | int(cells[cell] > (white + black) / 2)
    number = code >> 12
    return number if code & 0xFFF == check_of(number) else None
