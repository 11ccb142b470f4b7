r"""Finds formulas in Markdown: \( \), \[ \], $ $ and $$ $$. Markdown would take their signs for its own,
and eat their backslashes; so each is one text, as Unicode where `latex` can, else as it was written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from desktop_llm.ui.conversation.latex import LONGEST, pretty
from desktop_llm.ui.conversation.marking import CLOSE, OPEN

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

ENDS = {"\\(": "\\)", "\\[": "\\]", "$$": "$$", "$": "$"}
TELLING = re.compile(r"[\\^_{}=<>]")
"""What hardly any text between brackets or dollars has, and nearly every formula."""
SHORT = re.compile(r"[A-Za-z]\w{0,2}|[A-Za-z(][A-Za-z()\d+\-*/., ]{0,20}[A-Za-z)\d]")
GRID = re.compile(r"\\begin\{([a-z]+\*?)\}")
LONG_WORD = re.compile(r"[A-Za-z]{3}")


def read_formula(state: StateInline, silent: bool) -> bool:
    """A rule for markdown-it: a formula within a paragraph."""
    source, place = state.src, state.pos
    if source[place] not in "\\$":
        return False
    if grid := GRID.match(source, place):
        return _read_grid(state, silent, f"\\end{{{grid[1]}}}")
    for begin, end in ENDS.items():
        if not source.startswith(begin, place):
            continue
        start = place + len(begin)
        stop = _end(source, start, min(state.posMax, start + LONGEST), end)
        if stop < 0 or not _is_formula(source, start, stop, begin):
            return False
        if not silent:
            _write(state, source[start:stop], source[place : stop + len(end)])
        state.pos = stop + len(end)
        return True
    return False


def _read_grid(state: StateInline, silent: bool, end: str) -> bool:
    """Rows that stand there without dollars or brackets around them."""
    stop = state.src.find(end, state.pos, min(state.posMax, state.pos + LONGEST))
    if stop < 0:
        return False
    whole = state.src[state.pos : stop + len(end)]
    if not silent:
        _write(state, whole, whole)
    state.pos += len(whole)
    return True


def _end(source: str, start: int, last: int, end: str) -> int:
    """Where the formula ends, -1 if nowhere near."""
    stop = source.find(end, start, last)
    # \$ is a dollar, and in \\] a line ends before the bracket.
    while stop > start and source[stop - 1] == "\\":
        stop = source.find(end, stop + 1, last)
    return stop


def _is_formula(source: str, start: int, stop: int, begin: str) -> bool:
    """Not every pair of dollars is one: prices and names of variables have them too."""
    inner = source[start:stop]
    if not inner.strip() or "\n\n" in inner:
        return False
    if begin == "$":
        beside = source[stop + 1 : stop + 2]
        word = beside.isascii() and beside.isalnum()
        if inner[0].isspace() or inner[-1].isspace() or word or "\n" in inner:
            return False
    if TELLING.search(inner) or begin == "$$":
        return True
    if begin == "\\[":  # who means a bracket writes it so as well: \[1\]
        return "\n" in inner or bool(re.search(r"[+*/-]", inner) and SHORT.fullmatch(inner.strip()))
    return bool(SHORT.fullmatch(inner.strip())) and not LONG_WORD.search(inner)


def _write(state: StateInline, inner: str, whole: str) -> None:
    marked = OPEN in inner or CLOSE in inner  # the filter's signs must keep their order
    text = None if marked else pretty(inner)
    for number, line in enumerate((whole if text is None else text).split("\n")):
        if number:
            state.push("softbreak", "br", 0)
        token = state.push("text", "", 0)
        token.content = line


def read_display(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    r"""A rule for markdown-it: what begins a line with \[, $$ or \begin is a paragraph up to its end's line.

    Lines in it may begin as lists and headings do. An empty line ends it, finished or not: nothing that
    comes later changes what stands before, so a reply that grows looks as it does whole.
    """
    line = _line(state, first)
    displayed = line.startswith(("\\[", "$$"))
    end = "\\end{" if GRID.match(line) else ENDS[line[:2]] if displayed else None
    if end is None or state.is_code_block(first):
        return False
    if silent:
        return True
    next_one, closed = first + 1, end in line[2:]
    while not closed and next_one < last and not state.isEmpty(next_one):
        if state.sCount[next_one] < state.blkIndent:
            break  # it is outside the list item
        closed = end in _line(state, next_one)
        next_one += 1
    state.line = next_one
    state.push("paragraph_open", "p", 1).map = [first, next_one]
    inline = state.push("inline", "", 0)
    inline.content = state.getLines(first, next_one, state.blkIndent, False).strip()
    inline.map, inline.children = [first, next_one], []
    state.push("paragraph_close", "p", -1)
    return True


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]
