"""Places where a line may break in what has none: between letters, never found, never copied."""

import pytest
from PySide6.QtCore import QTextBoundaryFinder

from desktop_llm.ui.conversation.breaking import BREAK_HERE, CLUSTER, breakable, unbroken
from desktop_llm.ui.conversation.marking import CLOSE, FIRST, OPEN
from desktop_llm.ui.conversation.view import ConversationView
from tests.ui.saying import replied, said

THAI = "ภาษาไทยเขียนติดกันไม่มีช่องว่างระหว่างคำ"


@pytest.mark.parametrize("before", range(110, 121))
def test_a_word_is_found_over_the_place_where_its_line_may_break(
    view: ConversationView, before: int
) -> None:
    run = "x" * before + "Needle" + "y" * 40
    assert BREAK_HERE in breakable(run)
    view.show_path([said("q", run), replied("a", f"{run}\n\n```\n{run}\n```")])
    assert view.find("nEEDLE") == 3
    assert view.find("needle.") == 0
    assert view.find(f"nee{BREAK_HERE}dle") == 3
    assert view.find(BREAK_HERE) == 0


@pytest.mark.parametrize("sign", ["c++(a|b)", "\\d+", "[x]*", "😀 é"])
def test_signs_are_looked_for_as_they_are_typed(view: ConversationView, sign: str) -> None:
    view.show_path([said("q", f"before {sign} after, 123 xx")])
    assert view.find(sign) == 1


@pytest.mark.parametrize(
    "letters", ["模型很好用。", "とても良いモデル、", "모델이아주좋다", "😀👩‍🚀🇩🇪👍🏽", THAI]
)
def test_writing_that_breaks_without_spaces_is_left_alone(letters: str) -> None:
    text = letters * (600 // len(letters))
    assert breakable(text) == text


@pytest.mark.parametrize(
    ("letters", "longest"),
    [
        ("x", 120), ("ж", 120), ("e\u0301", 121), ("a\u0301\u0302\u0303", 124), ("क्षि", 124),
        ("نص", 120), (THAI, 1010), ("❤\ufe0f", 121), ("คx", 1010), ("模\u2060", 1000),
        ("\u0301", 120 + CLUSTER),
    ],
)  # fmt: skip
def test_any_other_long_run_may_break_but_no_letter_is_parted_from_its_marks(
    letters: str, longest: int
) -> None:
    text = "x" + letters * (9000 // len(letters))
    parts = breakable(text).split(BREAK_HERE)
    assert unbroken(breakable(text)) == text
    assert max(map(len, parts)) <= longest
    clusters = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Grapheme, text)
    place = 0
    for part in parts[:-1] if letters != "\u0301" else ():
        place += len(part)
        clusters.setPosition(place)
        assert clusters.isAtBoundary()


def test_marks_at_the_end_stay_with_their_letter() -> None:
    text = "x" * 120 + "\u0301"
    assert breakable(text) == text


@pytest.mark.parametrize("letters", ["x", "x\u200d", "x" + "\u200d" * CLUSTER])
@pytest.mark.parametrize("before", [*range(117, 122), 150, 151, 152])
def test_the_filters_sign_its_number_and_what_is_touched_stay_together(
    letters: str, before: int
) -> None:
    sign = f"{OPEN}{chr(FIRST)}█{CLOSE}"
    text = (letters * before)[:before] + sign + "y" * 200
    assert unbroken(breakable(text)) == text
    assert BREAK_HERE in breakable(text)
    assert sign[:3] in breakable(text)
