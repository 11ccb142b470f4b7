"""Finds a text in titles and messages as it is being typed, in any script. Changes nothing.

Every word of the query must occur, as a part of a word at least, in either form that Unicode has for
it: é is one character or two. Words of three characters and more go through the index; shorter ones,
which most Chinese words are, are looked for in the text.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from unicodedata import normalize

from desktop_llm.core.messages import Role, SearchHit

SNIPPET = 80
"""Characters of text shown around a match."""

BEFORE, FEW = 24, 3
"""Characters shown before a match, and so few that they are shown rather than left out."""
PER_CONVERSATION = 3
INDEXED = 3
LONGEST, WORDS = 1000, 32

SHOWN = """
    SELECT m.id, m.conversation_id, m.role, c.title, m.text
    FROM {tables}
    JOIN conversations c ON c.id = m.conversation_id
    WHERE c.deleted_at IS NULL AND {conditions}
    ORDER BY {order}
"""
TITLES = "SELECT id, title FROM conversations WHERE deleted_at IS NULL ORDER BY updated DESC"


def search(connection: Any, text: str, limit: int) -> tuple[SearchHit, ...]:
    """Titles first, the newest first, then messages, the best first, few of each conversation."""
    words = _words(text)
    if not words:
        return ()
    hits: list[SearchHit] = []
    for hit in _all(connection, words):
        if len(hits) >= limit:
            break
        hits.append(hit)
    return tuple(hits)


def _words(text: str) -> list[str]:
    return text[:LONGEST].replace("\x00", " ").split()[:WORDS]


def _forms(word: str) -> list[str]:
    """As it was typed, composed and decomposed; most words are the same in all three."""
    return list(dict.fromkeys((word, normalize("NFC", word), normalize("NFD", word))))


def _all(connection: Any, words: list[str]) -> Iterator[SearchHit]:
    yield from _titles(connection.execute(TITLES), words)
    yield from _messages(connection.execute(*_query(words)), words)


def _query(words: list[str]) -> tuple[str, list[str]]:
    forms = [_forms(word) for word in words]
    short = [each for each in forms if min(map(len, each)) < INDEXED]
    indexed = [each for each in forms if each not in short]
    conditions, values = [], []
    for each in short:
        spelled = [spelling for form in each for spelling in _spellings(form)]
        conditions.append("(" + " OR ".join([r"m.text LIKE ? ESCAPE '\'"] * len(spelled)) + ")")
        values += spelled
    tables, order = "messages m", "m.number DESC"
    if indexed:
        tables, order = "messages_text f JOIN messages m ON m.number = f.rowid", "f.rank"
        conditions.append("messages_text MATCH ?")
        values.append(_phrases(indexed))
    else:
        conditions.append("m.state <> 'streaming'")
    sql = SHOWN.format(tables=tables, conditions=" AND ".join(conditions), order=order)
    return sql, values


def _spellings(word: str) -> list[str]:
    # LIKE knows upper and lower case of ASCII letters alone.
    escaped = re.sub(r"([\\%_])", r"\\\1", word)
    cases = dict.fromkeys((escaped, escaped.lower(), escaped.upper(), escaped.capitalize()))
    return [f"%{case}%" for case in (cases if not word.isascii() else (escaped,))]


def _phrases(words: Iterable[Iterable[str]]) -> str:
    """Every word, in any of its forms."""
    return " AND ".join("(" + " OR ".join(map(_phrase, forms)) + ")" for forms in words)


def _phrase(form: str) -> str:
    # Inside double quotes nothing but the quote itself means anything to FTS5.
    return '"' + form.replace('"', '""') + '"'


def _titles(rows: Iterable[Mapping[str, Any]], words: list[str]) -> Iterator[SearchHit]:
    forms = [[form.casefold() for form in _forms(word)] for word in words]
    for row in rows:
        if _has_all(row["title"], forms):
            yield SearchHit(row["id"], row["title"], None, snippet(row["title"], words))


def _messages(rows: Iterable[Mapping[str, Any]], words: list[str]) -> Iterator[SearchHit]:
    shown: Counter[str] = Counter()
    for row in rows:
        conversation = row["conversation_id"]
        shown[conversation] += 1
        if shown[conversation] <= PER_CONVERSATION:
            found = snippet(row["text"], words)
            yield SearchHit(conversation, row["title"], row["id"], found, Role(row["role"]))


def _has_all(text: str, words: list[list[str]]) -> bool:
    """Whether one of the forms of each word occurs; they are folded."""
    folded = text.casefold()
    return all(any(form in folded for form in forms) for forms in words)


def _start(text: str, found: int) -> int:
    """Where what is shown of a text begins: with a word, where there are any before the match."""
    start = found - BEFORE
    if start <= FEW:
        return 0
    if text[start - 1].isspace():
        return start
    return text.find(" ", start, found) + 1 or start


def snippet(text: str, words: Iterable[str]) -> str:
    """About 80 characters of the text around the first of the words, on one line."""
    pattern = "|".join(re.escape(form) for word in words for form in _forms(word))
    found = re.search(pattern, text, re.IGNORECASE)
    start = _start(text, found.start()) if found else 0
    # Runs of white space become one space: take more than is shown.
    window = text[start : start + 4 * SNIPPET]
    line = " ".join(window.split())
    cut = line[:SNIPPET].rstrip()
    more = len(line) > SNIPPET or start + 4 * SNIPPET < len(text)
    return ("…" if start else "") + cut + ("…" if more else "")
