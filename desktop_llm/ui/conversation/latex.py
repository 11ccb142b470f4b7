"""Turns a formula in LaTeX into a line of Unicode: x², √(a+b), ∑ᵢ₌₁ⁿ. Knows no document.

Only letters come out of it, so that what is copied, looked for or read aloud says the same as what is
seen. What is not known here is left alone: the formula is then shown as it was written.
"""

import re
from dataclasses import dataclass
from unicodedata import normalize

from desktop_llm.ui.conversation.latex_signs import (
    ABOVE,
    ACCENTS,
    BELOW,
    BOARD,
    NAMES,
    SIGNS,
    SPACES,
)

LONGEST, DEEPEST = 2000, 12
"""Letters of a formula, and groups within groups, that are read at all."""
TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|\s+|.", re.DOTALL)
WORDS = {"text", "textrm", "textbf", "textit", "texttt", "mbox"}
LETTERS = {"mathrm", "mathbf", "mathit", "mathsf", "mathcal", "mathtt", "boldsymbol", "bm", "boxed",
           "operatorname", "operatorname*"}  # fmt: skip
"""Say only which letters are meant."""
NOTHING = {"left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr",
           "displaystyle", "textstyle", "limits", "nolimits", "nonumber"}  # fmt: skip
GRIDS = re.compile(r"(?:p|b|v|B|V|small)?matrix|(?:align|gather|equation|multline)(?:ed|\*)?|split"
                   r"|cases|array")  # fmt: skip
_SHIFTED = "".join((*ABOVE.values(), *BELOW.values()))
SIMPLE = re.compile(rf"(?:[\d.]+|[^\W\d_]+(?:\([^()\s]\))?|∞)[′!{_SHIFTED}]*")
"""Needs no brackets under a root or beside a stroke."""


class _UnknownError(Exception):
    """Something that is not known here."""


@dataclass(slots=True)
class _Reader:
    """Where the reading stands."""

    tokens: list[str]
    place: int = 0
    depth: int = 0

    @property
    def ahead(self) -> str:
        """What comes next, "" at the end."""
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self) -> str:
        """Step over what comes next."""
        self.place += 1
        return self.tokens[self.place - 1]


def pretty(formula: str) -> str | None:
    """The formula as text; None where something in it is not known. It may have several lines."""
    if len(formula) > LONGEST:
        return None
    try:
        text = _until(_Reader(TOKEN.findall(formula)), "")
    except _UnknownError:
        return None
    return re.sub(r" *\n *", "\n", re.sub(r"[ \t]{2,}", " ", text)).strip()


def _until(reader: _Reader, end: str) -> str:
    """Everything up to that sign, which is taken as well; "" is the end of the formula."""
    reader.depth += 1
    if reader.depth > DEEPEST:
        raise _UnknownError
    parts: list[str] = []
    while reader.ahead != end:
        if not reader.ahead:
            raise _UnknownError
        parts.append(_one(reader))
    if end:
        reader.take()
    reader.depth -= 1
    return "".join(parts)


def _one(reader: _Reader) -> str:
    """What one sign or command is, with what belongs to it."""
    token = reader.take()
    if token.isspace():
        return " "
    if token == "{":
        return _until(reader, "}")
    if token == "}":
        raise _UnknownError
    if token in "^_":
        return _shifted(_argument(reader), token)
    if token.startswith("\\"):
        return _command(reader, token[1:])
    return {"'": "′", "-": "−", "~": " ", "&": " "}.get(token, token)


def _argument(reader: _Reader) -> str:
    """What a command or a raised part takes: a group, a command or one sign."""
    while reader.ahead.isspace():
        reader.take()
    if not reader.ahead:
        raise _UnknownError
    reader.depth += 1
    if reader.depth > DEEPEST:
        raise _UnknownError
    found = _one(reader).strip()
    reader.depth -= 1
    return found


def _shifted(text: str, how: str) -> str:
    """Raised or lowered: with letters of that kind where there are all, else with ^ and _."""
    if text in ("∘", "′"):
        return "°" if text == "∘" else text
    table = ABOVE if how == "^" else BELOW
    close = text.replace(" ", "")
    if all(sign in table for sign in close):
        return "".join(table[sign] for sign in close)
    # e^(iπ): of letters side by side only the first would seem to be raised.
    return how + (text if len(text) == 1 or re.fullmatch(r"[\d.]+", text) else f"({text})")


def _bracketed(text: str) -> str:
    """In brackets, unless it is a single word or number."""
    return text if SIMPLE.fullmatch(text) else f"({text})"


def _command(reader: _Reader, name: str) -> str:
    if name in ("frac", "dfrac", "tfrac", "cfrac"):
        above = _bracketed(_argument(reader))
        return f"{above}/{_bracketed(_argument(reader))}"
    if name in ("binom", "dbinom", "tbinom"):
        above = _argument(reader)
        return f"C({above}, {_argument(reader)})"
    if name == "sqrt":
        return _root(reader)
    if name in WORDS:
        return _words(reader)
    if name in LETTERS:
        return _argument(reader)
    if name in ("mathbb", "mathds"):
        return "".join(BOARD.get(sign, sign) for sign in _argument(reader))
    if name in ACCENTS:
        return normalize("NFC", "".join(sign + ACCENTS[name] for sign in _argument(reader)))
    if name in ("begin", "end"):
        return _grid(reader, name)
    return _sign(reader, name)


def _sign(reader: _Reader, name: str) -> str:
    if name in NOTHING:
        if reader.ahead == ".":
            reader.take()  # \left. stands for no bracket
        return ""
    if name in SPACES or name in SIGNS:
        return SPACES[name] if name in SPACES else SIGNS[name]
    if name in NAMES:
        return name + (" " if reader.ahead.isalnum() or reader.ahead.startswith("\\") else "")
    raise _UnknownError


def _words(reader: _Reader) -> str:
    """Words, with their spaces and as they are spelled."""
    if reader.ahead != "{":
        raise _UnknownError
    reader.take()
    return _until(reader, "}").replace("−", "-").replace("′", "'")


def _root(reader: _Reader) -> str:
    degree = ""
    if reader.ahead == "[":
        reader.take()
        degree = _shifted(_until(reader, "]"), "^")
    return f"{degree}√{_bracketed(_argument(reader))}"


def _grid(reader: _Reader, name: str) -> str:
    """Rows under each other; what an array says of its columns is left out."""
    kind = _argument(reader)
    if not GRIDS.fullmatch(kind.replace("∗", "*")):
        raise _UnknownError
    if name == "begin" and kind == "array":
        _argument(reader)
    return "\n"
