"""Reads Markdown: markdown-it with what models write besides, formulas and bare addresses. Writes nothing.

HTML stays text. Signs of the safety filter's marks pass as letters.
"""

from __future__ import annotations  # markdown-it is imported when the first text is read

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from desktop_llm.ui.conversation.addresses import read_address
from desktop_llm.ui.conversation.formulas import read_display, read_formula
from desktop_llm.ui.conversation.marking import WRITTEN, without_signs

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

BREAKS = ("softbreak", "hardbreak")
BOX = re.compile(r"\[([ xX])\] ")
INDENTED = "indented"
"""What is true in the `meta` of a fence that stands indented."""


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    made = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    target, target_as_text = made.normalizeLink, made.normalizeLinkText
    # A target is meant without the signs of marks, and what it spells in percents must become none.
    made.normalizeLink = lambda url: target(without_signs(url))  # type: ignore[method-assign]
    made.normalizeLinkText = (  # type: ignore[method-assign]
        lambda url: target_as_text(WRITTEN.sub("\ufffd", url))
    )
    made.core.ruler.push(INDENTED, _note_indents)
    made.core.ruler.push("boxes", _draw_boxes)
    made.inline.ruler.before("escape", "formula", read_formula)
    made.inline.ruler.before("escape", "address", read_address)
    made.block.ruler.before("fence", "display", read_display, {"alt": ["paragraph", "blockquote"]})
    return made


def _note_indents(state: StateCore) -> None:
    """Tokens tell nothing of the room before a fence, which is taken from its lines as well."""
    fences = [token for token in state.tokens if token.type == "fence"]
    lines = state.src.split("\n") if fences else []
    for fence in fences:
        assert fence.map is not None
        fence.meta[INDENTED] = lines[fence.map[0]].startswith(" ")


def _draw_boxes(state: StateCore) -> None:
    """Items that are to be done, "- [ ] so", and that are done, "- [x] so", begin with a box."""
    for place, token in enumerate(state.tokens[2:], 2):
        first = token.children[0] if token.type == "inline" and token.children else None
        if first is None or state.tokens[place - 2].type != "list_item_open":
            continue
        if first.type == "text" and (box := BOX.match(first.content)):
            done = "☐" if box[1] == " " else "☑"
            first.content = f"{done} {first.content[box.end() :]}"


def lines_cut(token: Token) -> bool:
    """Whether Markdown has taken the beginnings of a code block's lines: in a quotation or an item, or
    as the code or its fence is indented."""
    return token.type == "code_block" or token.level > 0 or bool(token.meta.get(INDENTED))


def parse(text: str, env: dict[str, Any] | None = None) -> list[Token]:
    """Block tokens; each has `map`, its first line and the one behind its last.

    `env` is what was defined before, to which the definitions in the text are added.
    """
    return _parser().parse(text, env)


def target_of(token: Token) -> str:
    """Where a link leads, or an image is."""
    return str(token.attrGet("href") or token.attrGet("src") or "")


def text_of(token: Token) -> str:
    """The letters that a part of a line shows; an image without a name is called by its target."""
    if token.type in BREAKS:
        return "\n"
    return token.content or (target_of(token) if token.type == "image" else "")


def closing(tokens: Sequence[Token], place: int) -> int:
    """Where the block that opens at `place` closes."""
    level, kind = tokens[place].level, tokens[place].type.replace("_open", "_close")
    for end in range(place + 1, len(tokens)):
        if tokens[end].type == kind and tokens[end].level == level:
            return end
    return len(tokens)


def rows_of(tokens: Sequence[Token]) -> list[list[tuple[Token, Token]]]:
    """The cells of a table's rows: each its opening token and its inline token."""
    rows: list[list[tuple[Token, Token]]] = []
    for place, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            rows[-1].append((token, tokens[place + 1]))
    return rows
