"""Puts the operating system's errors into sentences a person can act on. Raises and logs nothing."""

import errno

from desktop_llm.core.sayings import Saying

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
IN_THE_WAY = frozenset({errno.EEXIST, errno.ENOTDIR, errno.EISDIR})


def why_and_todo(error: OSError) -> tuple[Saying, Saying]:
    """Why a file could not be read or written, and what to do about it."""
    if error.errno in FULL:
        return Saying("The disk is full."), Saying("Free some space and try again.")
    if error.errno in FORBIDDEN:
        return Saying("It may not be written."), Saying("Give yourself the right to write there.")
    if error.errno in IN_THE_WAY:
        return (
            Saying("A file stands where a folder must be."),
            Saying("Move that file elsewhere."),
        )
    return (
        Saying("The system says: {error}.", error=error.strerror or error),
        Saying("Check the disk and try again."),
    )
