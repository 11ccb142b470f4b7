"""What Markdown makes of a text: a word that stands on the screen only, though no stream held it."""

import dataclasses
import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm.core.events import UNCHECKED, Delta, End, EndReason, Mark
from desktop_llm.core.policy import Actions, FilterAction, Level, Policy
from desktop_llm.safety.compiling import compiled
from desktop_llm.safety.filter import filter_text, filtered, to_hide
from desktop_llm.safety.text_filter import Compiled
from desktop_llm.ui.conversation.hearing import heard
from desktop_llm.ui.conversation.streaming import LONG_CODE
from desktop_llm.ui.conversation.view import ConversationView
from desktop_llm.ui.look import Look
from tests.ui.saying import replied, running, said

POLICY = Policy(Level.STRICT, ("zorgel",))
MADE_OF = (
    "a **Z**orgel b", "a z**orge**l b", "a zor`gel` b", "a [zor](https://example.org)gel b",
    "a zor&#103;el b", "a zor&shy;gel b", "a ~~zor~~gel b", "# a **zor**gel b", "- a _zor_**gel** b",
    "> a zor**gel** b", "| a |\n|---|\n| **zor**gel |", "1. a ![zor](x.png)gel and zor**gel**",
    "a jo\\@example.org b", "a jo&#64;example.org b", "a **jo**@example.org b",
    "a ![](zor&#103;el) b", "a ![](jo&#64;example.org) b", "a zor![gel](zor&#103;el.png) b",
    "a <https://example.org/%EF%B7%90>zor**gel** b",
    "a $zor\\text{gel}$ b", "a \\(\\text{zor}\\)gel b", "a $$zor{gel}$$ b", "\\[\nzor{gel}\n\\]",
)  # fmt: skip
ONE_A_LINE = (
    "> a\n" + "".join(f"> {letter}\n" for letter in "zorgel") + "> b",
    "- a\n" + "".join(f"     {letter}\n" for letter in "zorgel") + "  b",
    "> > a\n" + "".join(f"> > {letter}\n" for letter in "zorgel") + "> > b",
    "a\n\n" + "".join(f"    {letter}\n" for letter in "zorgel"),
    "> ```\n" + "".join(f"> {letter}\n" for letter in "zorgel") + "> ```",
    "1. a\n   ```python\n" + "".join(f"   {letter}\n" for letter in "zorgel") + "   ```",
    "   ```\n" + "".join(f"   {letter}\n" for letter in "zorgel") + "   ```",
    "a\n\n   ~~~\n" + "".join(f"   {letter}\n" for letter in "zorgel") + "\nb",
)
"""A word written one letter a line, where Markdown takes the lines' beginnings."""
TOGETHER = (
    "> a blue\n> falcon b", "**blue** **falcon**", "1. a blue\n   falcon", "a blue\n\n\n\n\nfalcon b",
    "> a bl\n> b blue\n> **falcon**. c", "a [zor][1]gel b\n\n[1]: https://example.org",
)  # fmt: skip
"""Words that are heard together, or that come together."""
FORBIDDEN = ("zorgel", "jo@example.org")


@pytest.fixture
def view(qapp: QApplication, qtbot: QtBot) -> ConversationView:
    look = Look()
    look.apply(qapp)
    made = ConversationView(look)
    made.set_hide(lambda text: to_hide(POLICY, text))
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    return made


def shown(view: ConversationView) -> str:
    """The document's text without what is never drawn."""
    view._feeding.flush()
    return view.toPlainText().casefold().replace("\u00ad", "").replace("\u200b", "")


@pytest.mark.parametrize("text", MADE_OF)
def test_what_markdown_puts_together_is_hidden_at_every_moment(
    view: ConversationView, text: str
) -> None:
    events = iter([*(Delta(char) for char in text), End(EndReason.STOP)])
    view.show_path([said("q", "Hi"), running("r")])
    whole = ""
    for event in filtered(events, compiled(POLICY, "replies")):
        if isinstance(event, Delta):
            whole += event.text
            view.feed("r", event)
            assert not any(word in shown(view) for word in FORBIDDEN)
    assert whole == text, "the filter itself saw the word: this shows nothing"
    view.finish(replied("r", text))
    assert not any(word in shown(view) for word in FORBIDDEN)
    assert "█" in view.toPlainText()


@pytest.mark.parametrize("text", ONE_A_LINE)
def test_a_word_written_one_letter_a_line_is_hidden_where_the_lines_beginnings_are_taken(
    view: ConversationView, text: str
) -> None:
    assert filter_text(POLICY, text).text == text, "the filter itself saw the word"
    view.show_path([said("q", "Hi"), replied("r", text)])
    assert "zorgel" not in "".join(shown(view).split())
    assert "█" in view.toPlainText()


def test_a_long_block_behind_an_indented_fence_is_looked_at_while_it_grows(
    view: ConversationView,
) -> None:
    begun = "   ```\n" + "   a line of code\n" * (LONG_CODE // 10)
    pieces = (begun, *(f"   {letter}\n" for letter in "zorgel"))
    assert filter_text(POLICY, "".join(pieces)).text == "".join(pieces)
    view.show_path([said("q", "Hi"), running("r")])
    for piece in pieces:
        view.feed("r", Delta(piece))
        assert "zorgel" not in "".join(shown(view).split())
    assert "█" in view.toPlainText()
    view.finish(replied("r", "".join(pieces)))


def test_what_is_hidden_over_several_lines_leaves_no_empty_ones(view: ConversationView) -> None:
    text = "> a\n" + "".join(f"> {letter}\n" for letter in "zorgel") + "> b"
    view.show_path([said("q", "Hi"), replied("r", text)])
    assert "a\n█\nb" in view.toPlainText()


def sound(spoken: list[str]) -> str:
    """What was said one after the other, as the ear takes it: letters, and what an address has."""
    said = "".join(spoken).casefold()
    return "".join(char for char in said if char.isalnum() or char in "@.")


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("text", [*MADE_OF, *ONE_A_LINE, *TOGETHER])
def test_what_is_hidden_is_not_heard_either(
    view: ConversationView, qtbot: QtBot, text: str
) -> None:
    policy = dataclasses.replace(POLICY, words=("zorgel", "blue falcon"))
    assert filter_text(policy, text).text == text, "the filter itself saw the word"
    forbidden, spoken = (*FORBIDDEN, "bluefalcon"), list[str]()
    view.set_hide(lambda text: to_hide(policy, text))
    view.announcer.spoken.connect(spoken.append)
    view.announcer._pause.setInterval(0)  # so that it comes in as many pieces as there can be
    view.show_path([said("q", "Hi"), running("r")])
    for char in text:
        view.feed("r", Delta(char))
        view._feeding.flush()
        QApplication.processEvents()
    view.finish(replied("r", text))
    assert "█" in "".join(spoken)
    assert not any(word in sound(spoken) for word in forbidden)
    spoken.clear()
    qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    view.announcer.flipped(view._doc.items[-1])
    chosen, flipped = spoken
    assert "█" in chosen
    assert "█" in flipped
    assert not any(word in sound([chosen]) or word in sound([flipped]) for word in forbidden)


def test_no_line_of_a_long_key_is_heard_by_itself() -> None:
    lines = "".join(f"> MHcCAQEE{number:03}\n" for number in range(150))
    key = f"> -----**BEGIN** PRIVATE KEY-----\n{lines}> -----**END** PRIVATE KEY-----\n"
    text = f"{key}> and so on"
    assert filter_text(POLICY, text).text == text, "the filter itself saw the key"
    start = text.index("> MHcCAQEE140")
    assert heard(text, start, start + 30, lambda words: to_hide(POLICY, words)) == "█"
    assert heard(text, len(key), len(text), lambda words: to_hide(POLICY, words)) == "> and so on"


@pytest.mark.usefixtures("listening")
def test_what_stands_around_what_is_hidden_is_heard(view: ConversationView, qtbot: QtBot) -> None:
    spoken: list[str] = []
    view.announcer.spoken.connect(spoken.append)
    code = "> a zor\n> **gel**, `zor`**gel** and `code`, [here](https://example.org/) &amp; x_y\n"
    view.show_path([said("q", "a **zor**gel"), replied("r", code)])
    for _ in range(2):
        qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert spoken == [
        "The model wrote: a zor gel , █ and code , [here](https://example.org/) &amp; x y",
        "You wrote: a zor gel",
    ]


def test_what_stands_around_stays_and_what_is_harmless_is_left_alone(
    view: ConversationView,
) -> None:
    text = "**Bold** and `code`, a [link](https://example.org) and **Z**orgel, a & b &amp; c"
    view.show_path([said("q", "Hi"), replied("r", text)])
    assert "Bold and code, a link and █, a & b & c" in view.toPlainText()


def test_what_is_hidden_says_why_in_its_tooltip(view: ConversationView) -> None:
    view.show_path(
        [said("q", "Hi"), replied("r", "a [zor](https://example.org)gel and **jo**@example.org")]
    )
    cursor = view.document().find("█")
    found = []
    while not cursor.isNull():
        chars = cursor.charFormat()
        found.append((cursor.selectedText(), chars.toolTip().partition(" (")[0], chars.isAnchor()))
        cursor = view.document().find("█", cursor)
    assert found == [("█", "Hidden: My own list", False), ("█", "Hidden: Personal data", False)]


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("https://example.org/zor&#103;el", ""),
        ("https://example.org/zor%67el", ""),  # so a question before it is opened would show it
        ("<https://example.org/zor&#103;el>", ""),
        ("mailto:jo&#64;example.org", ""),
        ("https://example.org/?a=1&amp;b=2", "https://example.org/?a=1&b=2"),
        ("https://example.org/zorgels", "https://example.org/zorgels"),
    ],
)
@pytest.mark.parametrize("sign", ["", "!"])
def test_a_target_that_markdown_makes_forbidden_is_neither_shown_nor_opened(
    view: ConversationView, target: str, leads_to: str, sign: str
) -> None:
    text = f"a {sign}[here]({target}) b"
    assert filter_text(POLICY, text).text == text, "the filter itself saw the word"
    view.show_path([said("q", "Hi"), replied("r", text)])
    chars = view.document().find("here").charFormat()
    assert (chars.anchorHref(), chars.isAnchor()) == (leads_to, bool(leads_to))
    assert chars.toolTip().startswith(leads_to or "Hidden: ")


def test_plain_text_is_not_looked_at_again(view: ConversationView) -> None:
    asked: list[str] = []
    view.set_hide(lambda text: asked.append(text) or ())  # type: ignore[func-returns-value]
    view.show_path([said("q", "Hi"), replied("r", "plain words\nin two lines\n\n- an item")])
    assert asked == []
    view.show_path([said("q", "Hi"), replied("r2", "some **bold** words")])
    assert asked == ["some bold words"]


@pytest.mark.parametrize(
    "marks",
    [(), (Mark(0, 1, "drugs", "drugs.en.1", "warn"),), (Mark(0, 9, UNCHECKED, "", "warn"),)],
)
def test_a_texts_own_signs_join_nothing_and_take_no_letter(
    view: ConversationView, marks: tuple[Mark, ...]
) -> None:
    reply = replied("r", "a zor\ufdd1gel\ufdd0 and **b**")
    view.show_path([said("q", "Hi"), dataclasses.replace(reply, marks=marks)])
    assert "a zor\ufffdgel\ufffd and b" in view.toPlainText()


def test_what_would_end_a_reply_hides_what_follows() -> None:
    policy = Policy(Level.STRICT, ("zorgel",), replies=Actions(own=FilterAction.BLOCK))
    assert filter_text(policy, "a zorgel b").blocked
    (mark,) = to_hide(policy, "a zorgel b")
    assert (mark.start, mark.end, mark.category) == (2, 10, "own")
    assert to_hide(policy, "a plain text") == ()


def test_threads_that_share_rules_find_the_same() -> None:
    texts = [
        f"zor{chr(0x3B1 + n % 500)}gel zorgel jo{n}@example.org {chr(0x4E00 + n)}"
        for n in range(300)
    ]
    right = [to_hide.__wrapped__(POLICY, text) for text in texts]
    for _ in range(5):
        rules = Compiled([r for a in compiled(POLICY, "replies").automata for r in a.rules])
        found: list[list[tuple[int, ...]]] = []

        def look(rules: Compiled = rules, found: list[list[tuple[int, ...]]] = found) -> None:
            from desktop_llm.safety.filter import filter_whole

            found.append([tuple(m.start for m in filter_whole(rules, t).found) for t in texts])

        threads = [threading.Thread(target=look) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(one == found[0] for one in found)
        assert [len(one) for one in found[0]] == [len(one) for one in right]
