"""Layer 2 on streams: 20,000 texts however cut, against a judgement of the whole text written apart."""

import random
import threading
import unicodedata
from collections.abc import Iterator

import pytest
from judged_streams import ACTIONS, WORDS, WordGuard, layer, read, stream

from desktop_llm.core.events import (
    ON_EARLIER,
    ON_PROMPT,
    ON_SYSTEM,
    UNCHECKED,
    Delta,
    End,
    EndReason,
    Event,
    Mark,
    Progress,
    Retract,
    Stage,
    Usage,
)
from desktop_llm.core.messages import Role
from desktop_llm.core.policy import Actions, FilterAction, Level, Policy
from desktop_llm.core.requests import GenerateRequest, Turn
from desktop_llm.safety.guarding import ON_REPLY, guarded
from desktop_llm.safety.segments import LONGEST, SHORTEST, Segmenter

# The whole text, judged slowly and by itself.


def wide(char: str) -> bool:
    return unicodedata.name(char, "").startswith(("CJK UNIFIED", "HIRAGANA", "KATAKANA", "THAI"))


def whole_segments(text: str) -> list[tuple[int, int]]:
    places, start = [], 0
    while start < len(text):
        end = next((e for e in range(start + 1, len(text) + 1) if ends(text, start, e)), None)
        if end is None:
            end = len(text)
        elif end - start == LONGEST and not natural(text, start, end):
            blanks = [i for i in range(start + SHORTEST, end) if text[i] in " \t\n"]
            end = blanks[-1] + 1 if blanks else hard(text, start, end)
        places.append((start, end))
        start = end
    return places


def natural(text: str, start: int, end: int) -> bool:
    part, following = text[start:end], text[end : end + 1]
    if part.endswith("</think>"):
        return True
    if len(part) < SHORTEST:
        return False
    closed = part[-1] in ".!?" and following != "" and (following.isspace() or wide(following))
    return closed or part[-1] in "。！？\n"


def ends(text: str, start: int, end: int) -> bool:
    return end - start == LONGEST or natural(text, start, end)


def hard(text: str, start: int, end: int) -> int:
    for size in range(7, 0, -1):
        if text[start:end].endswith("</think>"[:size]):
            return end - size
    return end


def judged(
    text: str, strict: bool, already: int = 0
) -> tuple[str, list[tuple[int, int, str, str]], bool]:
    """The shown text, its marks, and whether it was blocked; `already` of it was out before."""
    marks, before = [], ""
    for start, end in whole_segments(text):
        part = text[start:end].replace("<think>", "").replace("</think>", "")
        looked = before + part if part.strip() else ""
        action, category = "allow", ""
        if any(ends(text[:already], start, place) for place in range(end, already + 1)):
            looked = ""  # whole before the reply went on
        if "mumble" in looked:
            action, category = ("block" if strict else "warn"), UNCHECKED
        else:
            rank = ["allow", "warn", "mask", "block"]
            found = [(ACTIONS[c].value, c) for word, c in WORDS.items() if word in looked]
            if found:
                action, category = max(found, key=lambda pair: rank.index(pair[0]))
        if action in ("mask", "block"):
            marks.append((start, start, category, "block"))
            return text[:start], marks, True
        if action == "warn":
            marks.append((start, end, category, "warn"))
        closes = text[start:end].endswith("</think>")
        before = part if action == "allow" and not closes else ""
    return text, marks, False


FRAGMENTS = [
    "The bread is baked in an oven", "a long walk by the river", "bomb", "scum", "pills", "vote",
    "mumble", ". ", "! ", "? ", ".", "\n", "\n\n", "。", "！", "？好", ".好的", "今天天气很好，我们去公园吧",
    "<think>", "</think>", "</thi", "x" * 60, "y" * 250, "é", "🙂", "█", "\u200d", "1.5", "e.g. ", " ", "  ",
    "And so on and so forth, until the sun goes down", "wordswithoutanyspacesbetween" * 4,
]  # fmt: skip
HARMLESS = [fragment for fragment in FRAGMENTS if fragment not in {*WORDS, "mumble"}]


def texts(count: int) -> Iterator[tuple[random.Random, str]]:
    draw = random.Random(5)
    for _ in range(count):
        source = FRAGMENTS if draw.random() < 0.7 else HARMLESS
        start = "<think>" if draw.random() < 0.1 else ""
        yield draw, start + "".join(draw.choices(source, k=draw.randrange(14)))


def test_segments_are_those_of_the_whole_text_however_it_is_cut() -> None:
    for draw, text in texts(3000):
        segmenter, found, place = Segmenter(), [], 0
        while place < len(text):
            size = draw.choice((1, 2, 3, 5, 8, 40, 400))
            found += segmenter.feed(text[place : place + size])
            place += size
        found += segmenter.finish()
        assert "".join(segment.text for segment in found) == text
        assert [(segment.start, segment.end) for segment in found] == whole_segments(text)
        closing = text.find("</think>")
        thinks = text.lstrip().startswith("<think>")
        for segment in found:
            inside = thinks and (closing < 0 or segment.start < closing + len("</think>"))
            assert segment.thinking == inside


def test_every_stream_is_judged_as_the_whole_text_is() -> None:
    blocked = 0
    for number, (draw, text) in enumerate(texts(20_000)):
        held, strict = bool(number & 1), bool(number & 2)
        shown, marks, stopped = judged(text, strict)
        blocked += stopped
        sizes = draw.choices((1, 2, 3, 5, 8, 40), k=len(text) // 2 + 1)
        guarded = layer(WordGuard(), held=held, strict=strict)
        seen = read(guarded(stream(text, sizes), "Hello?"), final=shown)
        assert seen.text == shown
        assert [(m.start, m.end, m.category, m.action) for m in seen.marks] == marks
        assert {m.rule for m in seen.marks} <= {ON_REPLY}
        assert seen.end == (
            End(EndReason.BLOCKED) if stopped else End(EndReason.STOP, Usage(new_tokens=3))
        )
        assert seen.taken_back <= (0 if held else LONGEST)
        assert (seen.checked is None) == held
    assert 4000 < blocked < 16_000


def test_what_is_held_is_never_shown_before_its_verdict() -> None:
    for draw, text in texts(500):
        guard, shown = WordGuard(), ""
        speaking = [
            end
            for start, end in whole_segments(text)
            if text[start:end].replace("<think>", "").replace("</think>", "").strip()
        ]
        for event in layer(guard, held=True)(stream(text, [draw.choice((1, 7))] * 400), "Hello?"):
            if isinstance(event, Delta):
                shown += event.text
                assert len(guard.asked) - 1 >= sum(end <= len(shown) for end in speaking)
                assert len(shown) in {end for _, end in whole_segments(text)}


def test_one_call_of_the_guard_stands_between_showing_and_taking_back() -> None:
    guard, calls, shown = WordGuard(), {}, ""
    text = (
        "Flour and water make a dough that rests. " * 6
        + "Then a bomb goes into the oven now. Done."
    )
    for event in layer(guard, held=False)(stream(text, [4] * 200), "Hello?"):
        if isinstance(event, Delta):
            shown += event.text
            calls[len(shown)] = len(guard.asked)
        if isinstance(event, Retract):
            last_shown = calls[len(shown)]
            assert len(guard.asked) - last_shown == 1
            assert len(shown) - event.start <= LONGEST
            break
    else:
        pytest.fail("nothing was taken back")


def test_a_refused_prompt_generates_nothing() -> None:
    def never() -> Iterator[Event]:
        pytest.fail("the model was asked")
        yield End(EndReason.STOP)

    guarded = layer(WordGuard(), held=False)
    events = list(guarded(never(), "How do I build a bomb?"))
    assert events == [
        Mark(0, 0, "violence", ON_PROMPT, "block"),
        End(EndReason.BLOCKED),
    ]


def test_a_prompt_that_only_earns_a_warning_is_answered() -> None:
    guarded = layer(WordGuard(), held=False)
    seen = read(guarded(stream("Ask a doctor.", []), "Which pills?"))
    assert seen.text == "Ask a doctor."
    assert seen.marks == [Mark(0, 0, "drugs", ON_PROMPT, "warn")]


def test_an_unreadable_verdict_is_never_safe() -> None:
    text = "It is hard to mumble this long sentence to its end. Fine."
    strict = read(layer(WordGuard(), held=True, strict=True)(stream(text, []), "Hi"))
    assert (strict.text, strict.end) == ("", End(EndReason.BLOCKED))
    assert strict.marks[-1].category == UNCHECKED
    loose = read(layer(WordGuard(), held=False, strict=False)(stream(text, []), "Hi"))
    assert loose.text == text
    assert [(mark.category, mark.action) for mark in loose.marks] == [(UNCHECKED, "warn")]


def test_a_reply_that_goes_on_is_judged_over_the_seam() -> None:
    already = "Flour and water make a dough that rests. Then a bo"
    guard = WordGuard()
    seen = read(
        layer(guard, held=True)(stream("mb goes in. And so on.", []), "Hi", already), already
    )
    assert seen.text == "Flour and water make a dough that rests."
    assert seen.end == End(EndReason.BLOCKED)
    assert len(guard.asked) == 2  # the prompt, and the one segment that was not whole before


def test_a_reply_that_goes_on_is_judged_as_the_whole_text_from_the_segment_that_was_not_whole() -> (
    None
):
    before_the_seam = 0
    for number, (draw, text) in enumerate(texts(4000)):
        held, strict = bool(number & 1), bool(number & 2)
        out = draw.randrange(len(text) + 1)
        shown, marks, stopped = judged(text, strict, out)
        before_the_seam += len(shown) < out
        sizes = draw.choices((1, 2, 3, 5, 8, 40), k=len(text) // 2 + 1)
        goes_on = layer(WordGuard(), held=held, strict=strict)
        events = goes_on(stream(text[out:], sizes), "Hello?", text[:out])
        seen = read(events, text[:out])
        assert seen.text == shown
        assert [(m.start, m.end, m.category, m.action) for m in seen.marks] == marks
        assert (seen.end == End(EndReason.BLOCKED)) == stopped
    assert before_the_seam > 100


def test_the_rules_marks_keep_their_places_and_come_with_their_text() -> None:
    first = "Flour and water make a dough that █ rests."
    mark = Mark(34, 35, "own", "own.1", "mask")
    late = Mark(50, 51, "own", "own.1", "mask")
    events: list[Event] = [
        Progress(Stage.PREFILL, 1, 2), Delta(first), mark, Delta(" Then a █ goes on and on."),
        late, End(EndReason.STOP),
    ]  # fmt: skip
    for held in (False, True):
        shown, order = "", []
        for event in layer(WordGuard(), held=held)(iter(events), "Hi"):
            if isinstance(event, Delta):
                shown += event.text
            elif isinstance(event, Mark):
                assert len(shown) >= event.end
                assert shown[event.start : event.end] == "█"
                order.append(event)
        assert order == [mark, late]


def test_the_system_prompt_is_judged_as_well() -> None:
    guard = WordGuard()
    events = layer(guard, held=True)(
        iter([Delta("fine"), End(EndReason.STOP)]), "go on", system="a bomb"
    )
    seen = read(events)
    assert seen.text == ""
    assert [mark.rule for mark in seen.marks] == [ON_SYSTEM]
    assert seen.end is not None
    assert seen.end.reason is EndReason.BLOCKED
    assert [exchange.text for exchange in guard.asked] == ["a bomb"]


@pytest.mark.parametrize("reply", [[], [Turn(Role.ASSISTANT, "Ask another.")]])
def test_what_no_reply_stands_behind_is_judged_with_the_next_message(reply: list[Turn]) -> None:
    """Its reply was erased, or stopped before the verdict."""
    guard = WordGuard()
    first, question = Turn(Role.USER, "How do I build a bomb?"), Turn(Role.USER, "go on")
    request = GenerateRequest(
        (Turn(Role.USER, "Hi"), Turn(Role.ASSISTANT, "Yes?"), first, *reply, question)
    )
    events = iter([Delta("fine"), End(EndReason.STOP)])
    policy = Policy(Level.STRICT, prompts=Actions(violence=FilterAction.BLOCK))
    seen = read(guarded(policy, guard, events, request, threading.Event()))
    asked = [exchange.text for exchange in guard.asked]
    if reply:
        assert (seen.text, asked[:1]) == ("fine", ["go on"])
    else:
        assert (seen.text, asked) == ("", ["How do I build a bomb?"])
        assert [mark.rule for mark in seen.marks] == [ON_EARLIER]
        assert seen.end == End(EndReason.BLOCKED)
