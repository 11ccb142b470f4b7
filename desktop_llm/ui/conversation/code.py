"""Colours code with Pygments. Knows languages and tokens, no document."""

from collections.abc import Iterator
from functools import lru_cache

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Token, _TokenType
from pygments.util import ClassNotFound

COLOURS = (
    (Token.Comment, "cm"),
    (Token.Keyword.Constant, "kw"),
    (Token.Keyword, "kw"),
    (Token.Operator.Word, "kw"),
    (Token.Literal.String, "st"),
    (Token.Literal.Number, "st"),
    (Token.Name.Function, "fn"),
    (Token.Name.Class, "fn"),
    (Token.Name.Decorator, "fn"),
    (Token.Name.Tag, "kw"),
    (Token.Name.Attribute, "fn"),
    (Token.Name.Builtin, "fn"),
    (Token.Generic.Deleted, "bad"),
    (Token.Generic.Inserted, "good"),
)


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer | None:
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


@lru_cache(maxsize=1024)
def _colour(kind: _TokenType) -> str:
    return next((colour for token, colour in COLOURS if kind in token), "")


def coloured(code: str, language: str) -> Iterator[tuple[str, str]]:
    """Pieces of the code in order, each with the look's token for it; "" is the plain text colour.

    A language that Pygments does not know stays plain.
    """
    lexer = _lexer(language.strip().lower()) if language else None
    if lexer is None:
        yield code, ""
        return
    run, run_colour = "", ""
    for kind, text in lexer.get_tokens(code):
        colour = _colour(kind)
        if colour == run_colour:
            run += text
        else:
            if run:
                yield run, run_colour
            run, run_colour = text, colour
    if run:
        yield run, run_colour
