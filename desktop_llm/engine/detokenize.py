"""Turns token ids into text as they come, whole characters only. Knows ids and text, no model.

A character outside ASCII often spans tokens: it is held back until its last byte is there. Bytes
that never become a character (a reply cut in the middle of one, a model gone astray) are dropped
rather than shown as U+FFFD.
"""

from collections.abc import Sequence

from tokenizers import Tokenizer
from tokenizers.decoders import DecodeStream

BROKEN = "\ufffd"
PREFIX = "Invalid prefix"
"""What tokenizers says where bytes that never become a character make what was shown before them read
as broken too."""
_LONGEST = 4
"""Bytes of a character at most."""
_PATIENCE = 8
"""Tokens without text after which the bytes held are given up: no character needs more than 4."""


class Detokenizer:
    """The text of one reply. `context` is what precedes it where it must join seamlessly.

    Without context the first piece loses the leading space of SentencePiece-like tokenizers, as a
    chat reply should; with it, as in completion, the space stays.
    """

    def __init__(self, tokenizer: Tokenizer, context: Sequence[int] = ()) -> None:
        self._tokenizer = tokenizer
        self._stream = self._new_stream(self._from_a_character(context))
        self._held: list[int] = []

    def _from_a_character(self, context: Sequence[int]) -> Sequence[int]:
        """The context without the rest of a character that its beginning cuts in two.

        Where bytes stand for themselves a whole run of them reads as broken for one that is amiss,
        and what the reply adds to the run with it.
        """
        for cut in range(_LONGEST):
            text = self._tokenizer.decode(list(context[cut:]), skip_special_tokens=True)
            if not text.startswith(BROKEN):
                return context[cut:]
        return context

    def _new_stream(self, context: Sequence[int]) -> DecodeStream:
        return DecodeStream(ids=list(context) or None, skip_special_tokens=True)

    def feed(self, token: int) -> str:
        """The text that one more token completes; "" while a character is not whole."""
        self._held.append(token)
        try:
            text = self._stream.step(self._tokenizer, token)
        except Exception as error:  # tokenizers raises nothing narrower
            if PREFIX not in str(error):
                raise
            return self._give_up()
        if text is None:
            return self._give_up() if len(self._held) >= _PATIENCE else ""
        self._held.clear()
        return str(text).replace(BROKEN, "")

    def finish(self) -> str:
        """What can still be shown at the end: nothing of a character that is not whole."""
        return self._give_up()

    def _give_up(self) -> str:
        text = str(self._tokenizer.decode(self._held, skip_special_tokens=True))
        # A byte that follows upon broken ones would be broken as well.
        self._stream = self._new_stream(() if text.endswith(BROKEN) else self._held)
        self._held.clear()
        return text.replace(BROKEN, "")
