"""Finds addresses in Markdown that stand there bare, https://example.org, and makes links of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from desktop_llm.ui.conversation.marking import CLOSE, OPEN

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline

SCHEME = re.compile(r"(?:^|[^A-Za-z0-9.+-])(https?)$", re.IGNORECASE)
REST = re.compile(r"://[A-Za-z0-9][^\s<>\"`\\*\u3000-\u303f\uff00-\uffef\ufdd0\ufdd1]*")
"""Up to a space, Chinese punctuation, or a sign of Markdown or of the safety filter."""
AFTER = ".,;:!?'_~"
"""Belongs to the sentence, not to the address, at its end."""


def read_address(state: StateInline, silent: bool) -> bool:
    """A rule for markdown-it: an address that is no link yet."""
    place = state.pos
    if state.src[place] != ":" or state.linkLevel > 0:
        return False
    scheme, rest = SCHEME.search(state.pending[-6:]), REST.match(state.src, place, state.posMax)
    if scheme is None or rest is None:
        return False
    if state.src.startswith((OPEN, CLOSE), rest.end()):
        return False  # the filter has touched it: what is left would lead elsewhere
    tail = _without_end(rest[0])
    address = scheme[1] + tail
    target = state.md.normalizeLink(address)
    if not state.md.validateLink(target):
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[1])]
        state.push("link_open", "a", 1).attrs = {"href": target}
        state.push("text", "", 0).content = address
        state.push("link_close", "a", -1)
    state.pos += len(tail)
    return True


def _without_end(tail: str) -> str:
    """Without the full stop of the sentence and the bracket that was opened before the address."""
    while tail:
        last = tail[-1]
        opening = {")": "(", "]": "["}.get(last, "")
        if last in AFTER or (opening and tail.count(last) > tail.count(opening)):
            tail = tail[:-1]
        else:
            break
    return tail
