"""Personal data in what is kept or given away: found, masked, cut out. Knows no rule and no database.

What counts as personal data is told by `find`; the store is the history's port.
"""

import dataclasses
import functools
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PureWindowsPath

from desktop_llm.core.errors import Cancelled, NotFoundError, TracesLeftError
from desktop_llm.core.events import Mark
from desktop_llm.core.messages import Conversation, Message, MessageState, MessageTree
from desktop_llm.core.ports import ConversationStore, Report
from desktop_llm.core.replacing import Replaced
from desktop_llm.core.sampling import SamplingSettings
from desktop_llm.core.setting_texts import Told, with_texts
from desktop_llm.core.titles import TITLE_LENGTH, first_line, title_from

SIGN = "█"


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in a text; `marks` count its code points."""

    text: str
    marks: tuple[Mark, ...]

    @property
    def masked(self) -> str:
        """The text with one sign in the place of each finding."""
        return self.with_sign(SIGN)

    def only(self, wanted: Callable[[str], bool]) -> "Findings":
        """What rules of these names found."""
        return Findings(self.text, tuple(mark for mark in self.marks if wanted(mark.rule)))

    def with_sign(self, sign: str) -> str:
        """The text with that in the place of each finding; of some that overlap, once."""
        parts, place = [], 0
        for piece in self.replaced(sign):
            parts += [self.text[place : piece.start], sign]
            place = piece.end
        return "".join((*parts, self.text[place:]))

    def replaced(self, sign: str) -> tuple[Replaced, ...]:
        """What `with_sign` replaces, in the order of the text."""
        pieces: list[Replaced] = []
        for mark in sorted(self.marks, key=lambda mark: mark.start):
            start, end = mark.start, mark.end
            if pieces and start < pieces[-1].end:
                before = pieces.pop()
                start, end = before.start, max(before.end, end)
            pieces.append(Replaced(start, end, len(sign)))
        return tuple(pieces)

    @property
    def pieces(self) -> tuple[tuple[str, str], ...]:
        """The rule and the words of each finding."""
        return tuple((mark.rule, self.text[mark.start : mark.end]) for mark in self.marks)


Find = Callable[[str], Findings]
Change = Callable[[str, str], str]
"""Given a text that goes out, and what is read before it: the text as it may go."""
SHORT = 200
"""Code points of a text that may come again with every reply, as their settings' do."""
LONGEST = 320
"""More code points than any number or address has that is found, and what is looked at behind it.

Keys may be longer; they are known by how they begin.
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """What was written in a conversation and not sent; in "", the one that is not yet begun."""

    conversation_id: str
    text: str


Held = Conversation | Message | Draft


@dataclass(frozen=True, slots=True)
class Holder:
    """What in the history holds personal data, by place. What is not yet begun has no title."""

    conversation_id: str
    title: str
    held: Held
    found: tuple[tuple[str, Findings], ...]

    @property
    def pieces(self) -> tuple[tuple[str, str], ...]:
        """The rule and the words of each finding."""
        return tuple(piece for _, findings in self.found for piece in findings.pieces)


def scan(
    store: ConversationStore, find: Find, report: Report, cancel: threading.Event
) -> Iterator[Holder]:
    """Everything in the history that holds personal data: all versions of all messages, drafts too.

    Of a message also why it failed and the settings it was made with.
    Not a reply that is being written: nobody can say yet what it holds. Reports conversations.
    Raises Cancelled between two messages.
    """
    find = _once(find)
    conversations = store.conversations()
    for number, conversation in enumerate(conversations):
        report(number, len(conversations))
        title, messages = conversation.title, store.messages(conversation.id)
        with_cut = _with_cut(find, title, messages)
        yield from _holders(conversation.id, title, conversation, with_cut)
        for message in messages:
            if cancel.is_set():
                raise Cancelled
            if message.state is not MessageState.STREAMING:
                yield from _holders(conversation.id, title, message, find)
    titles = {conversation.id: conversation.title for conversation in conversations} | {"": ""}
    for name, text in store.drafts().items():
        if cancel.is_set():
            raise Cancelled
        if name in titles:  # else it goes with its conversation, which was deleted
            yield from _holders(name, titles[name], Draft(name, text), find)


def _once(find: Find) -> Find:
    """A short text that comes again is looked through once."""
    short = functools.lru_cache(find)
    return lambda text: short(text) if len(text) <= SHORT else find(text)


def _with_cut(find: Find, title: str, messages: Iterable[Message]) -> Find:
    """`find`, which in this title finds also what it cut short, where no check digit is right any more.

    Only places of what is found in the line count, so no more of it is looked at than can reach the cut.
    """
    line = _line_of(title, messages)[: TITLE_LENGTH + LONGEST]
    return lambda text: _cut(find(text), find(line)) if line and text == title else find(text)


def _line_of(title: str, messages: Iterable[Message]) -> str:
    """The whole line of the message that a title was made of; "" where it was made of none."""
    lines = (first_line(message.text) for message in messages if message.parent_id is None)
    return next((line for line in lines if title == title_from(line)), "")


def _cut(title: Findings, line: Findings) -> Findings:
    """What is found in a title by itself, and what of its line's findings runs out of it."""
    shown = len(title.text) - (title.text != line.text)  # without the sign of the cut
    for mark in line.marks:
        if mark.start < shown < mark.end:
            before = tuple(one for one in title.marks if one.end <= mark.start)
            return Findings(title.text, (*before, dataclasses.replace(mark, end=shown)))
    return title


def _holders(conversation_id: str, title: str, held: Held, find: Find) -> Iterator[Holder]:
    found = ((place, find(text)) for place, text in _texts(held).items() if text)
    bad = tuple((place, findings) for place, findings in found if findings.marks)
    if bad:
        yield Holder(conversation_id, title, held, bad)


def _texts(held: Held) -> dict[str, str]:
    """All texts of it by their places: "title", "sampling.stop.0"."""
    texts: dict[str, str] = {}

    def collect(place: str, text: str) -> str:
        texts[place] = text
        return text

    _rewritten(held, collect)
    return texts


def _rewritten(held: Held, told: Told) -> Held:
    """The same with what is `told` for each of its texts."""
    if isinstance(held, Draft):
        return dataclasses.replace(held, text=told("text", held.text))
    sampling = held.sampling and with_texts(
        held.sampling, lambda place, text: told(f"sampling.{place}", text)
    )
    if isinstance(held, Message):
        text, error = told("text", held.text), told("error", held.error)
        return dataclasses.replace(held, text=text, error=error, sampling=sampling)
    return dataclasses.replace(
        held,
        title=told("title", held.title),
        system_prompt=told("system_prompt", held.system_prompt),
        sampling=sampling or held.sampling,
    )


@dataclass(frozen=True, slots=True)
class Cleaned:
    """How many pieces were masked or deleted, and how many holders were left as they are.

    `drafts` are those that were rewritten, by their conversations' ids, as they are now; `traces`
    tells where the old texts can still be found.
    """

    pieces: int
    left: int = 0
    drafts: dict[str, str] = field(default_factory=dict)
    traces: TracesLeftError | None = None


def clean(
    store: ConversationStore,
    holders: Iterable[Holder],
    find: Find,
    wanted: Callable[[str], bool],
    *,
    delete: bool,
) -> Cleaned:
    """Mask what rules that are `wanted` find, or delete it from the texts, leaving no trace.

    The texts may have changed since the scan: what is rewritten is what they are now. A reply that
    is being written is left alone, for its writer would bring the data back. Call it in the thread
    that begins replies, so that none begins meanwhile.
    """
    sign = "" if delete else SIGN
    changes, left = _Changes(), 0
    traces = None
    for holder in holders:
        held = _now(store, holder.held)
        if isinstance(held, Message) and held.state is MessageState.STREAMING:
            left += any(wanted(rule) for rule, _ in holder.pieces)
        elif held is not None:
            chosen = {
                place: findings.only(wanted) for place, findings in _found_now(holder, held, find)
            }
            changes.add(held, chosen, sign)
    if changes.pieces:
        changes.retitle(store, lambda text: find(text).only(wanted).with_sign(sign))
        try:
            store.rewrite(changes.messages, changes.conversations, changes.replaced, changes.drafts)
        except TracesLeftError as error:
            traces = error
    return Cleaned(changes.pieces, left, changes.drafts, traces)


def _now(store: ConversationStore, held: Held) -> Held | None:
    """What a scan found, as the history has it now; None where it is gone."""
    if isinstance(held, Draft):
        return Draft(held.conversation_id, store.drafts().get(held.conversation_id, ""))
    try:
        if isinstance(held, Message):
            return store.message(held.id)
        return store.conversation(held.id)
    except NotFoundError:
        return None


def _found_now(holder: Holder, held: Held, find: Find) -> Iterator[tuple[str, Findings]]:
    """What is found in its texts now; looked for anew only where a text is another one."""
    known, before = dict(holder.found), _texts(holder.held)
    for place, text in _texts(held).items():
        if text == before.get(place):
            yield place, known.get(place, Findings(text, ()))
        else:
            yield place, find(text)


@dataclass(slots=True)
class _Changes:
    """What `clean` rewrites, and where in each message."""

    drafts: dict[str, str] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    conversations: list[Conversation] = field(default_factory=list)
    replaced: dict[str, tuple[Replaced, ...]] = field(default_factory=dict)
    firsts: list[tuple[Message, Message]] = field(default_factory=list)
    """First messages as they were and as they are now."""
    pieces: int = 0

    def add(self, held: Held, found: dict[str, Findings], sign: str) -> None:
        """Take what holds something bad, the sign in place of each of `found`, by its places.

        Nothing is taken where nothing is found.
        """
        pieces = sum(len(findings.marks) for findings in found.values())
        if not pieces:
            return
        self.pieces += pieces
        old, held = held, _rewritten(held, lambda place, _: found[place].with_sign(sign))
        if isinstance(held, Message):
            self.messages.append(held)
            self.replaced[held.id] = found["text"].replaced(sign)
            if isinstance(old, Message) and old.parent_id is None:
                self.firsts.append((old, held))
        elif isinstance(held, Draft):
            self.drafts[held.conversation_id] = held.text
        else:
            self.conversations.append(held)

    def retitle(self, store: ConversationStore, cleaned: Callable[[str], str]) -> None:
        """Make the titles that were made of these messages anew.

        What a title has cut short no rule may know; and a title that is its message's no longer
        would stay when that is deleted.
        """
        titled = {conversation.id: conversation for conversation in self.conversations}
        for old, new in self.firsts:
            stored = store.conversation(old.conversation_id)
            if stored.title == title_from(old.text):
                title = cleaned(title_from(new.text))
                titled[stored.id] = dataclasses.replace(titled.get(stored.id, stored), title=title)
        self.conversations = list(titled.values())


REACH = 200
"""Code points before a text that are looked at with it: more than any rule looks back."""
SEAM = "\n\n#\n\n"
"""Between two texts that are read one after the other. Nothing that is looked for goes across it."""


def find_after(find: Find, text: str, before: str = "") -> Findings:
    """What is found in a text where `before` is read first: a number after "Your phone number?"."""
    if not before:
        return find(text)
    seam = before[-REACH:] + SEAM
    start = len(seam)
    marks = tuple(
        dataclasses.replace(mark, start=max(0, mark.start - start), end=mark.end - start)
        for mark in find(seam + text).marks
        if mark.end > start
    )
    return Findings(text, marks)


def changed(
    conversation: Conversation, messages: Sequence[Message], change: Change
) -> tuple[Conversation, tuple[Message, ...]]:
    """A conversation with all its messages as it may go out, each text by itself.

    Settings that several replies have are changed once. Of an adapter's folder, and of a model that is
    called by its path, only the name goes out: where it lies tells whose it is.
    """
    settings = functools.lru_cache(lambda sampling: _going_out(sampling, change))
    told = dataclasses.replace(
        conversation,
        title=changed_title(conversation, messages, change),
        system_prompt=change(conversation.system_prompt, conversation.title),
        preset=change(conversation.preset, ""),
        sampling=settings(conversation.sampling),
    )
    begin = f"{conversation.title}{SEAM}{conversation.system_prompt}"
    tree, kept = MessageTree(messages), []
    for message in messages:
        text = change(message.text, _before(tree, message, begin))
        error = change(message.error, message.text)
        sampling = message.sampling and settings(message.sampling)
        model = model_going_out(message.model_id)
        kept.append(
            dataclasses.replace(message, text=text, error=error, sampling=sampling, model_id=model)
        )
    return told, tuple(kept)


def model_going_out(model_id: str) -> str:
    """A model's id as it may go out: that of a linked model is its path, of which the name goes.

    Ids such as org/name stay.
    """
    path = PureWindowsPath(model_id)  # this takes both kinds of slashes
    return path.name if path.root else model_id


def changed_title(conversation: Conversation, messages: Iterable[Message], change: Change) -> str:
    """A conversation's title as it may go out.

    What it cut short is changed before it is cut, as no rule knows half of a number. The whole line
    is, however long, like the message that it begins: what is masked shrinks, and what stands far
    behind moves up into the title.
    """
    line = _line_of(conversation.title, messages)
    given = change(line or conversation.title, "")
    return title_from(given) if line else given


def _going_out(sampling: SamplingSettings, change: Change) -> SamplingSettings:
    def told(place: str, text: str) -> str:
        # Whatever system it is a path of: this takes both kinds of slashes.
        return change(PureWindowsPath(text).name if place == "adapter" else text, "")

    return with_texts(sampling, told)


def _before(tree: MessageTree, message: Message, begin: str) -> str:
    """What is read before a message in its branch, as far back as `find_after` looks."""
    texts: list[str] = []
    parent = message.parent_id
    while parent is not None and sum(map(len, texts)) < REACH:
        texts.append(tree.get(parent).text)
        parent = tree.get(parent).parent_id
    if parent is None:
        texts.append(begin)
    return SEAM.join(reversed(texts))


def counted(pieces: Iterable[tuple[str, str]], kind: Callable[[str], str]) -> dict[str, int]:
    """How often each kind occurs, the most frequent first. `kind` gives a rule's kind."""
    return dict(Counter(kind(rule) for rule, _ in pieces).most_common())
