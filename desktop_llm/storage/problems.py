"""Puts the operating system's errors into sentences a person can act on. Raises and logs nothing."""

import errno

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
IN_THE_WAY = frozenset({errno.EEXIST, errno.ENOTDIR, errno.EISDIR})


def why_and_todo(error: OSError) -> tuple[str, str]:
    """Why a file could not be read or written, and what to do about it."""
    if error.errno in FULL:
        return "The disk is full.", "Free some space and try again."
    if error.errno in FORBIDDEN:
        return "It may not be written.", "Give yourself the right to write there."
    if error.errno in IN_THE_WAY:
        return "A file stands where a folder must be.", "Move that file elsewhere."
    return f"The system says: {error.strerror or error}.", "Check the disk and try again."
