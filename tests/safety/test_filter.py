"""What the filter does to replies and prompts: masks, warnings, blocks, seams, notes, levels."""

import threading
from collections.abc import Iterator

import pytest

from desktop_llm.core.errors import Cancelled
from desktop_llm.core.events import Delta, End, EndReason, Event, Mark
from desktop_llm.core.messages import Role
from desktop_llm.core.patterns import measure, read_pattern
from desktop_llm.core.policy import Actions, FilterAction, Level, Policy
from desktop_llm.core.requests import GenerateRequest, Turn
from desktop_llm.safety.compiling import compiled, rules_for
from desktop_llm.safety.filter import PIECE, filter_text, filtered, moderated
from desktop_llm.safety.fold import MASK
from desktop_llm.safety.rule_files import forms
from desktop_llm.safety.rules import folded_node
from desktop_llm.safety.text_filter import Passed, TextFilter

QUIET = Actions(**dict.fromkeys(Actions.__dataclass_fields__, FilterAction.ALLOW))


def own(
    *words: str, action: FilterAction = FilterAction.MASK, patterns: tuple[str, ...] = ()
) -> Policy:
    """A policy in which only the own list does anything."""
    replies = Actions(
        **{**{f: getattr(QUIET, f) for f in Actions.__dataclass_fields__}, "own": action}
    )
    return Policy(Level.BALANCED, words, patterns, replies=replies, prompts=QUIET)


@pytest.mark.parametrize(
    "text",
    ["zorg", "Zorg!", "z-o-r-g", "z o r g", "zоrg", "ｚｏｒｇ", "z0rg", "zzooorg", "z\u200borg",
     "zo\u0301rg", "z\nо\nr\ng", "\u202ezorg\u202c", "ｚ.ö.r.g", "z\u200do\u200drg", "zo\ufffcrg",
     "z\u2028o\u2029r\u0085g", "z\u2800o\u1680r g", "zo\ufdd1rg", "z\ufdd0o\ufffer\U0010ffffg",
     "zo\x80rg", "z\x9bo\x7fr\x9fg", "zo’r‑g", "z—o―r﹘g"],
)  # fmt: skip
def test_evasions_are_hidden_behind_one_mask(text: str) -> None:
    filtered_text = filter_text(own("zorg"), f"a {text} b").text
    assert filtered_text.count(MASK) == 1
    assert "z" not in filtered_text


@pytest.mark.parametrize(
    "text", ["zorgblatt", "a zor g-string", "pen is mine", "pen—is mine", "Scunthorpe"]
)
def test_words_that_only_contain_it_are_left_alone(text: str) -> None:
    assert filter_text(own("zorg", "penis", "cunt"), text).text == text


@pytest.mark.parametrize(
    ("listed", "text"),
    [("O'Brien", "O’Brien"), ("o’brien", "O'BRIEN"), ("Jean-Luc", "Jean\u2011Luc"),
     ("Jean–Luc", "Jean-Luc"), ("don't go", "Don‘t go")],
)  # fmt: skip
def test_an_apostrophe_or_a_hyphen_is_the_same_one_however_it_is_set(
    listed: str, text: str
) -> None:
    assert filter_text(own(listed), f"so {text}, then").text == f"so {MASK}, then"
    pattern = own(patterns=(rf"\b{listed}\b",))
    assert filter_text(pattern, f"so {text}, then").text == f"so {MASK}, then"


@pytest.mark.parametrize(
    ("listed", "text"),
    [("1488", "1488"), ("007", "007"), ("9/11", "9/11"), ("24/7", "24/7"), ("9 11", "9\n 11"),
     ("K2000", "k2000"), ("A380", "A-380"), ("C++", "c++"), ("❤", "❤\ufe0f"), ("١٢٣", "١٢٣")],
)  # fmt: skip
def test_a_word_of_few_letters_or_none_is_found_as_it_is_written(listed: str, text: str) -> None:
    assert filter_text(own(listed), f"so {text}, then").text == f"so {MASK}, then"


@pytest.mark.parametrize(
    "text",
    ["4200", "1420", "4420", "4.20", "4 2 0", "a 420x", "4380", "@380", "A3800", "C", "C+", "19/11",
     "1,420", "13.420", "8,9/11"],
)  # fmt: skip
def test_another_number_is_not_the_listed_one(text: str) -> None:
    policy = own("420", "A380", "C++", "9/11")
    assert filter_text(policy, f"so {text}, then").text == f"so {text}, then"


@pytest.mark.parametrize(
    ("word", "text", "shown"),
    [("អាក្រក់", "នេះជាពាក្យអាក្រក់ណាស់", "នេះជាពាក្យ█ណាស់"),
     ("မိုက်", "ဒီစကားလုံးမိုက်တယ်ကွာ", "ဒီစကားလုံး█တယ်ကွာ"),
     ("ຄຳຫຍາບ", "ນີ້ແມ່ນຄຳຫຍາບຄາຍ", "ນີ້ແມ່ນ█ຄາຍ")],
)  # fmt: skip
def test_a_word_is_found_in_writing_without_spaces(word: str, text: str, shown: str) -> None:
    assert filter_text(own(word), text).text == shown


def test_a_korean_word_is_found_before_its_particle_and_not_in_another_word() -> None:
    assert filter_text(own("바보"), "바보는 너, 너는 바보").text == f"{MASK}는 너, 너는 {MASK}"
    assert filter_text(own("바보"), "바봅시다 왕바보").text == "바봅시다 왕바보"
    assert filter_text(own("개"), "개발자와 개").text == f"개발자와 {MASK}"


def test_a_japanese_word_is_not_one_that_ends_in_a_voiced_syllable() -> None:
    assert filter_text(own("はは"), "はばが広い ははも").text == f"はばが広い {MASK}も"
    assert filter_text(own("カキ"), "カギを ｶｷﾞを カキも").text == f"カギを ｶｷﾞを {MASK}も"


def test_a_sign_at_the_end_of_a_word_may_be_touched() -> None:
    passed = filter_text(own("❤", "C++"), "love❤you, C++11 AC++")
    assert passed.text == f"love{MASK}you, {MASK}11 AC++"


def test_chinese_words_are_found_inside_running_text_and_latin_ones_beside_it() -> None:
    assert filter_text(own("坏词"), "这是一个坏 词吗").text == f"这是一个{MASK}吗"
    assert filter_text(own("zorg"), "他说zorg了").text == f"他说{MASK}了"


def reply(*pieces: str) -> Iterator[Event]:
    yield from (Delta(piece) for piece in pieces)
    yield End(EndReason.STOP)


def through(policy: Policy, *pieces: str, already: str = "") -> list[Event]:
    return list(filtered(reply(*pieces), compiled(policy, "replies"), already))


def said(found: list[Event]) -> tuple[str, EndReason]:
    assert isinstance(found[-1], End)
    assert sum(isinstance(event, End) for event in found) == 1
    return "".join(e.text for e in found if isinstance(e, Delta)), found[-1].reason


def marks(found: list[Event]) -> list[Mark]:
    return [event for event in found if isinstance(event, Mark)]


def test_a_blocked_reply_ends_before_the_word_and_says_so() -> None:
    events = through(own("zorg", action=FilterAction.BLOCK), "all is ", "zo", "rg", " and more")
    assert said(events) == ("all is ", EndReason.BLOCKED)
    assert marks(events) == [Mark(7, 7, "own", "own.78a6c2", "block")]


def test_a_blocked_reply_is_not_made_to_its_end() -> None:
    closed = []

    def endless() -> Iterator[Event]:
        try:
            while True:
                yield Delta("zorg ")
        finally:
            closed.append(True)

    events = filtered(endless(), compiled(own("zorg", action=FilterAction.BLOCK), "replies"))
    assert said(list(events))[1] is EndReason.BLOCKED
    assert closed == [True]


def test_a_warned_word_is_shown_and_marked_where_it_stands() -> None:
    events = through(own("zorg", action=FilterAction.WARN), "a z", "org b")
    assert said(events) == ("a zorg b", EndReason.STOP)
    assert marks(events) == [Mark(2, 6, "own", "own.78a6c2", "warn")]


def test_a_word_across_the_seam_of_a_continued_reply_is_still_caught() -> None:
    assert said(through(own("zorg"), "rg is", already="a zo"))[0] == f"{MASK} is"
    blocking = own("zorg", action=FilterAction.BLOCK)
    assert said(through(blocking, "rg is", already="a zo")) == ("", EndReason.BLOCKED)
    # What was shown and marked before is not told again.
    assert marks(through(own("zorg"), " is", already="a zorg b")) == []


@pytest.mark.parametrize(
    ("already", "piece"), [("a zorg b", " is"), ("a zorg", " is"), ("a zorg", "")]
)
def test_a_reply_whose_shown_text_blocks_ends_where_it_would_go_on_and_says_why(
    already: str, piece: str
) -> None:
    events = through(own("zorg", action=FilterAction.BLOCK), piece, already=already)
    assert said(events) == ("", EndReason.BLOCKED)
    place = len(already)
    assert marks(events) == [Mark(place, place, "own", "own.78a6c2", "block")]
    # A warning of it was told when it was shown.
    assert marks(through(own("zorg", action=FilterAction.WARN), piece, already=already)) == []


@pytest.mark.parametrize(
    "off", [Policy(words=("zorg",)), own("zorg", action=FilterAction.ALLOW), own(" ")]
)
def test_a_filter_that_is_off_or_empty_passes_everything(off: Policy) -> None:
    assert said(through(off, "zorg\u200b"))[0] == "zorg\u200b"


def test_lone_surrogates_and_controls_raise_nothing() -> None:
    assert "zorg" not in filter_text(own("zorg"), "\ud800 z\x00org \udfff").text


def test_an_own_pattern_finds_what_it_says_in_any_case() -> None:
    policy = own(patterns=(r"\b[A-Z]{2}-\d{4}\b",))
    passed = filter_text(policy, "ref ab-1234, AB-12345, xab-1234")
    assert passed.text == f"ref {MASK}, AB-12345, xab-1234"
    assert passed.found[0].rule == "own.pattern.98f2e8"


@pytest.mark.parametrize(
    ("pattern", "hidden", "shown"),
    [
        ("[اأإآ]حمد", ["احمد", "أحمد", "إحمد", "آحمد"], ["حمد"]),
        ("[がぎ]く", ["がく", "ぎく", "か\u3099く"], ["かく"]),
        ("gro[ßs]e", ["große", "grosse", "grose"], ["groe"]),
        ("[가나]다", ["가다", "나다"], ["각다", "라다"]),
        ("[가-깋]요", ["가요", "깋요"], ["나요"]),
        (r"x[\wß]y", ["xßy", "xay"], ["x-y"]),
        ("[^ßx]z", ["sz", "az"], ["xz"]),
    ],
)  # fmt: skip
def test_a_class_holds_letters_that_are_several_symbols(
    pattern: str, hidden: list[str], shown: list[str]
) -> None:
    policy = own(patterns=(pattern,))
    assert [filter_text(policy, text).text for text in hidden] == [MASK] * len(hidden)
    assert [filter_text(policy, text).text for text in shown] == shown


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("cafe\u0301", "café"),
        ("cafe\u0301", "cafe\u0301"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("❤\ufe0f", "❤"),
    ],
)
def test_a_mark_in_a_pattern_is_nothing_as_in_the_text(pattern: str, text: str) -> None:
    assert filter_text(own(patterns=(pattern,)), f"so {text} it").text == f"so {MASK} it"


def test_a_range_of_syllables_stays_small() -> None:
    assert measure(folded_node(read_pattern("[가-깋]").node))[2] < 10


def test_an_own_rule_that_was_called_wrong_means_the_same_word_when_the_list_changes() -> None:
    policy = own("zorg", "gonzo")
    wrong = filter_text(policy, "gonzo").found[0].rule
    for words in (("gonzo",), ("gonzo", "zorg"), ("xyzzy", "zorg", "gonzo")):
        changed = Policy(Level.BALANCED, words, allowed=(wrong,))
        assert filter_text(changed, "zorg gonzo xyzzy").text.split()[1] == "gonzo"
        assert ("zorg" in words) == (filter_text(changed, "zorg").text == MASK)


def test_what_was_called_wrong_is_allowed_by_word_or_by_rule() -> None:
    word = next(f for f in ("zorg",))
    allowed = Policy(Level.BALANCED, ("zorg", "gonzo"), allowed=(word, "own.882070"))
    assert filter_text(allowed, "Zorg gonzo z.o.r.g").text == f"Zorg gonzo {MASK}"


def test_found_marks_count_code_points_of_what_came_in() -> None:
    passed = filter_text(own("zorg"), "\u200b👩\u200d🚀 z\u200borg!")
    assert passed.text == f"👩\u200d🚀 {MASK}!"
    assert [(m.start, m.end) for m in passed.found] == [(5, 10)]
    assert [(m.start, m.end) for m in passed.marks] == [(4, 5)]


# Prompts


def ask(policy: Policy, *messages: str) -> tuple[list[Event], list[GenerateRequest]]:
    """The events of a reply, and what the model was given."""
    given: list[GenerateRequest] = []

    def model(request: GenerateRequest, _cancel: threading.Event) -> Iterator[Event]:
        given.append(request)
        yield from reply("fine")

    turns = tuple(Turn(Role.USER, text) for text in messages)
    return list(moderated(model, GenerateRequest(turns), threading.Event(), policy)), given


def prompts(action: FilterAction) -> Policy:
    return Policy(Level.BALANCED, ("zorg",), prompts=Actions(own=action))


def test_a_blocked_prompt_never_reaches_the_model() -> None:
    events, given = ask(prompts(FilterAction.BLOCK), "tell me of zorg")
    assert given == []
    assert said(events) == ("", EndReason.BLOCKED)
    assert marks(events) == [Mark(0, 0, "own", "prompt.own.78a6c2", "block")]


def test_a_masked_prompt_reaches_the_model_without_the_word_in_every_turn() -> None:
    events, given = ask(prompts(FilterAction.MASK), "zorg was first", "and zorg again")
    assert [turn.text for turn in given[0].turns] == [f"{MASK} was first", f"and {MASK} again"]
    assert [mark.action for mark in marks(events)] == ["mask"]
    assert said(events) == ("fine", EndReason.STOP)


def test_an_old_message_never_refuses_a_new_one() -> None:
    events, given = ask(prompts(FilterAction.BLOCK), "old zorg talk", "hello")
    assert given[0].turns[0].text == "old "
    assert said(events) == ("fine", EndReason.STOP)


def test_a_prompt_in_which_nothing_is_found_is_given_as_it_was_written() -> None:
    _, given = ask(prompts(FilterAction.MASK), "hidden\u200b space")
    assert given[0].turns[0].text == "hidden\u200b space"


def asked_under(system: str, policy: Policy) -> tuple[list[Event], list[GenerateRequest]]:
    """The same with a system prompt."""
    given: list[GenerateRequest] = []

    def model(request: GenerateRequest, _cancel: threading.Event) -> Iterator[Event]:
        given.append(request)
        yield from reply("fine")

    request = GenerateRequest((Turn(Role.USER, "go on"),), system_prompt=system)
    return list(moderated(model, request, threading.Event(), policy)), given


def test_the_system_prompt_is_no_way_around_the_filter() -> None:
    events, given = asked_under("talk of zorg", prompts(FilterAction.BLOCK))
    assert given == []
    assert marks(events) == [Mark(0, 0, "own", "prompt.system.own.78a6c2", "block")]
    (mark,) = marks(events)
    assert (mark.in_prompt, mark.in_system_prompt, mark.rule_alone) == (True, True, "own.78a6c2")
    _, given = asked_under("talk of zorg", prompts(FilterAction.MASK))
    assert given[0].system_prompt == f"talk of {MASK}"
    assert given[0].turns[0].text == "go on"
    _, given = asked_under("hidden\u200b space", prompts(FilterAction.MASK))
    assert given[0].system_prompt == "hidden\u200b space"


# Rule files


def test_self_harm_brings_a_help_line_in_the_language_of_the_words() -> None:
    for text, number in (("I want to kill myself", "988"), ("我不想活了", "12356")):
        (mark,) = filter_text(Policy(Level.BALANCED), text).marks
        assert (mark.category, mark.action) == ("self_harm", "warn")
        assert number in mark.note


def test_every_category_has_rules_and_ids_are_unique_and_never_repeat_a_word() -> None:
    rules = rules_for(Policy(Level.STRICT, ("zorg",)), "replies")
    ids = [rule.id for rule in rules]
    assert len(set(ids)) == len(ids)
    categories = {rule.category for rule in rules}
    assert categories >= {"profanity", "slurs", "sexual", "self_harm", "violence", "weapons", "drugs",
                          "hate", "personal", "secrets", "own"}  # fmt: skip


def test_forms_of_an_entry() -> None:
    assert forms("cat{,s}") == ("cat", "cats")
    assert forms("a{b,c} d{e,f}") == ("ab de", "ab df", "ac de", "ac df")
    assert forms("one, two") == ("one, two",)


@pytest.mark.parametrize("action", [FilterAction.MASK, FilterAction.WARN, FilterAction.BLOCK])
def test_a_long_text_is_read_in_pieces_watched_or_not_and_gives_what_it_would_as_one(
    action: FilterAction, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy, read = own("zorg", action=action), []
    plain = "a lighthouse on a rock " * 600
    text = f"{plain[:-2]}zorg {plain[: PIECE - 3]} zorg{plain} zorg"
    as_one = TextFilter(compiled(policy, "replies"))
    passed = as_one.feed(text) + as_one.finish()
    assert filter_text(policy, text, read.append) == passed
    assert sum(read) == len(text)
    assert max(read) == PIECE
    fed: list[int] = []

    class Fed(TextFilter):
        def feed(self, piece: str) -> Passed:
            fed.append(len(piece))
            return super().feed(piece)

    monkeypatch.setattr("desktop_llm.safety.filter.TextFilter", Fed)
    assert filter_text(policy, text) == passed
    assert fed == read


def test_what_a_watcher_raises_ends_the_reading() -> None:
    def no_more(count: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        filter_text(own("zorg"), "a lighthouse " * 1000, no_more)
