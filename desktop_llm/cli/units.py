"""Sizes and times as people say them. Prints nothing."""

UNITS = ("B", "kB", "MB", "GB")


def in_bytes(size: float) -> str:
    """A size as people say it, in powers of a thousand."""
    for unit in UNITS[:-1]:
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} {UNITS[-1]}"


def in_time(seconds: float) -> str:
    """A duration, as exact as one cares for."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"
