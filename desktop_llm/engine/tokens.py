"""Text to token ids, with an own copy of the tokenizer that any thread may use. Knows no chat.

Control tokens are those that steer a model (end of turn, start of a role). In a text that somebody
wrote they must stay text: a pasted `<|im_end|>` would otherwise end the turn (SAFETY.md, threat 4).
"""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from tokenizers import Tokenizer

_BREAKERS = ("\u200b", "\u2060", " ")
"""Put into a control token's text so that it is none; the first that its tokenizer does not strip."""
_AGAIN = 8
"""Times that a text is gone through with one of them, at most."""
_LOOKS_LIKE_CONTROL = re.compile(r"<[|｜].*[|｜]>")


class Encoder:
    """Encodes texts. Nothing here changes the tokenizer, so threads may share it.

    `encode_batch` is used even for one text: unlike `encode` it releases the interpreter lock.
    """

    def __init__(self, tokenizer: Tokenizer, template: str = "") -> None:
        self.tokenizer = own_copy(tokenizer)
        added = self.tokenizer.get_added_tokens_decoder().values()
        special = {token.content for token in added if token.special}
        # Others (HTML tags, runs of spaces) are ordinary text unless the template builds turns of them.
        named = {
            token.content
            for token in added
            if token.content.strip()
            and (token.content in template or _LOOKS_LIKE_CONTROL.fullmatch(token.content))
        }
        self._special = _Control.of(special)
        self._control = _Control.of(special | named)

    def ids(self, text: str) -> list[int]:
        """The token ids of a text, nothing around them; control tokens in it count as such."""
        return self._encoded(text, around=False)

    def _encoded(self, text: str, *, around: bool) -> list[int]:
        (encoding,) = self.tokenizer.encode_batch([text], add_special_tokens=around)
        return list(encoding.ids)

    @functools.cached_property
    def around(self) -> tuple[list[int], list[int]]:
        """What the tokenizer puts before and after every text: [CLS] and [SEP], or nothing."""
        bare, whole = self._encoded("a", around=False), self._encoded("a", around=True)
        for place in reversed(range(len(whole) - len(bare) + 1)):
            if whole[place : place + len(bare)] == bare:
                return whole[:place], whole[place + len(bare) :]
        return [], []

    def count(self, text: str) -> int:
        """How many tokens a text is, when a person wrote it."""
        return len(self.ids(self.as_text(text)))

    def control_token(self, text: str) -> int | None:
        """The id of the control token that is written so; None where the text is none, or more."""
        named = self._control is not None and self._control.whole.fullmatch(text)
        token: int | None = self.tokenizer.token_to_id(text) if named else None
        return token

    def as_text(self, text: str) -> str:
        """A text in which no control token is left: each gets an invisible character inside."""
        return self._broken(text, self._control)

    def as_reply(self, text: str) -> str:
        """The same for the model's own earlier words, which may hold visible markers (<think>)."""
        return self._broken(text, self._special)

    def _broken(self, text: str, control: "_Control | None") -> str:
        if control is None or not control.whole.search(text):
            return text
        for breaker in _BREAKERS:
            broken = control.broken_by(breaker, text)
            if not self._holds_control(broken, control):
                return broken
        return control.taken_out(text)

    def _holds_control(self, text: str, control: "_Control") -> bool:
        tokens = (self.tokenizer.id_to_token(token) for token in set(self.ids(text)))
        return any(token is not None and control.whole.fullmatch(token) for token in tokens)


@dataclass(frozen=True, slots=True)
class _Control:
    """Some control tokens as they stand in texts.

    `whole` finds one; `first` finds the first character of one, so that those are found too that
    begin inside others. `longest`: characters of the longest.
    """

    whole: "re.Pattern[str]"
    first: "re.Pattern[str]"
    longest: int

    @classmethod
    def of(cls, contents: Iterable[str]) -> "_Control | None":
        """None where there is none. A single character cannot be broken in two."""
        breakable = sorted((c for c in contents if len(c) > 1), key=len, reverse=True)
        if not breakable:
            return None
        whole = "|".join(re.escape(content) for content in breakable)
        first = "|".join(f"{re.escape(c[0])}(?={re.escape(c[1:])})" for c in breakable)
        return cls(re.compile(whole), re.compile(first), len(breakable[0]))

    def broken_by(self, breaker: str, text: str) -> str:
        """The text with the breaker behind the first character of each.

        Where a control token has the breaker in it, breaking one may make another. That is broken
        too, but not for ever; whoever asks sees what is left.
        """
        for _ in range(_AGAIN):
            broken = self.first.sub(rf"\g<0>{breaker}", text)
            if broken == text:
                break
            text = broken
        return text

    def taken_out(self, text: str) -> str:
        """The text without any, nor those that come together where another was taken out."""
        place = 0
        while found := self.whole.search(text, max(0, place - self.longest)):
            place = found.start()
            text = text[:place] + text[found.end() :]
        return text


def own_copy(tokenizer: Tokenizer) -> Tokenizer:
    """A tokenizer that encodes alike and that nobody else can change; it shares the vocabulary.

    Copying through JSON would hold the interpreter lock for half a second with 150,000 tokens.
    Truncation and padding, which belong to training, are left behind.
    """
    copy: Tokenizer = Tokenizer(tokenizer.model)
    for part in ("normalizer", "pre_tokenizer", "post_processor", "decoder"):
        if getattr(tokenizer, part) is not None:
            setattr(copy, part, getattr(tokenizer, part))
    added = tokenizer.get_added_tokens_decoder()
    for token in (added[key] for key in sorted(added)):
        (copy.add_special_tokens if token.special else copy.add_tokens)([token])
    if copy.get_added_tokens_decoder() != added:
        copy = Tokenizer.from_str(tokenizer.to_str())
        copy.no_truncation()
        copy.no_padding()
    return copy


def decodes_by(tokenizer: Tokenizer, decoder: str) -> bool:
    """Whether a decoder of that kind is among what makes text of its tokens."""
    state = tokenizer.decoder.__getstate__() if tokenizer.decoder is not None else b""
    return isinstance(state, bytes) and f'"{decoder}"'.encode() in state
