"""What a process that reads what others made may no longer do: Landlock, of Linux 5.13 and later.

Codecs have faults, and who finds one runs code of theirs as our user. `confine` takes from the calling
process for good what it does not need: files, and where the kernel can (6.7, 6.12), TCP, abstract sockets and
signals to others. What is open stays open, so pipes to the parent go on.

Facts: landlock(7), linux/landlock.h. The numbers of these system calls are the same on all architectures.
"""

import ctypes
import os
import struct
import sysconfig
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_VERSION = 1  # LANDLOCK_CREATE_RULESET_VERSION
PATH_BENEATH = 1  # LANDLOCK_RULE_PATH_BENEATH
PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h

READ_FILE, READ_FOLDER = 1 << 2, 1 << 3
# (version of the interface, how many rights it knows: bits from the lowest)
RIGHTS = ((5, 16), (3, 15), (2, 14), (1, 13))
BOTH_OF_TCP = 0b11  # bind, connect: from version 4
ABSTRACT_SOCKETS_AND_SIGNALS = 0b11  # to processes that are not confined with us: from version 6
LIBRARIES = ("stdlib", "platstdlib", "purelib", "platlib")  # modules that come only when they are needed


def version() -> int:
    """Of the kernel's interface; 0: it has none, or it is turned off."""
    found: int = ctypes.CDLL(None).syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ASK_VERSION)
    return max(found, 0)


def confine(*readable: Path) -> bool:
    """Take all files from this process and those that it starts, but for reading Python's libraries and
    `readable` (files, and folders with what is in them); False, and nothing is taken, where the kernel has no
    Landlock.

    Call it before threads are there: others of the process keep what they may. Raises: OSError.
    """
    known = version()
    if known == 0:
        return False
    rights = next((1 << count) - 1 for since, count in RIGHTS if known >= since)
    taken = [rights]
    if known >= 4:
        taken.append(BOTH_OF_TCP)
    if known >= 6:
        taken.append(ABSTRACT_SOCKETS_AND_SIGNALS)
    attributes = struct.pack(f"={len(taken)}Q", *taken)
    rules = _call(CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    try:
        for path in {*readable, *_libraries()}:
            _allow(rules, path)
        if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
            raise _error()
        _call(RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)
    return True


def _libraries() -> list[Path]:
    return [path for each in LIBRARIES if (path := Path(sysconfig.get_path(each))).is_dir()]


def _allow(rules: int, path: Path) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rights = READ_FILE | (READ_FOLDER if path.is_dir() else 0)
        _call(ADD_RULE, rules, PATH_BENEATH, struct.pack("=Qi", rights, descriptor), 0)
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    answer: int = ctypes.CDLL(None, use_errno=True).syscall(number, *arguments)
    if answer < 0:
        raise _error()
    return answer


def _error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
