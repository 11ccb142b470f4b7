"""What a new conversation is called, by its first message, and its file. Knows no conversation."""

import unicodedata

TITLE_LENGTH = 60
"""Characters of the first message that name a new conversation."""


def title_from(text: str) -> str:
    """The first line of a message, cut at a word near 60 characters."""
    line = first_line(text)
    if len(line) <= TITLE_LENGTH:
        return line
    cut = line[:TITLE_LENGTH]
    return (cut.rsplit(" ", 1)[0] if " " in cut[TITLE_LENGTH // 2 :] else cut).rstrip() + "…"


def first_line(text: str) -> str:
    """The first line in which something stands, without the spaces around it; "" where none is."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def file_name_from(title: str) -> str:
    """What a file is called that holds a conversation of that title, without its ending."""
    kept = ""
    for char in title:
        # Vowel signs and tone marks are no letters, but without them Thai and Hindi words fall apart.
        marks = unicodedata.category(char).startswith("M") and kept[-1:] not in ("", " ")
        kept += char if marks or char.isalnum() or char in " -_" else " "
    return " ".join(kept.split())[:60] or "conversation"
