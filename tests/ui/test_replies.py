"""Replies as they are written: Markdown in pieces looks as it does whole, and nothing is fetched."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextFormat, QTextFrame

from desktop_llm.core.events import EndReason
from desktop_llm.core.messages import MessageState
from desktop_llm.ui.conversation.document import ConversationDocument, Item, frame_text, language
from desktop_llm.ui.conversation.statistics import can_continue, cut_in_hidden
from desktop_llm.ui.look import Look
from tests.ui.saying import replied, running

MARKDOWN = """# Title

A paragraph with **bold**, *slanted*, `code` and a [link](https://example.org).

1. one
2. two
   - deeper
3. three

> quoted
> twice

```python
def f(x):
    return x  # comment
```

| a | b |
|---|--:|
| 1 | 2 |

末尾的中文，和 emoji 👩‍💻。

~~~
no language
~~~
"""


def written(look: Look, text: str) -> tuple[ConversationDocument, Item]:
    document = ConversationDocument(look)
    document.append([replied("a", text)])
    return document, document.items[0]


def streamed(look: Look, text: str, cuts: list[int]) -> tuple[ConversationDocument, Item]:
    document = ConversationDocument(look)
    document.append([running("a")])
    item = document.items[0]
    assert item.writer is not None
    for cut in [*sorted(cuts), len(text)]:
        item.writer.update(text[:cut])
    return document, item


def blocks(document: ConversationDocument) -> list[tuple[str, float, float, int]]:
    """All that is seen: texts, their margins and indents."""
    found, block = [], document.doc.begin()
    while block.isValid():
        form = block.blockFormat()
        found.append((block.text(), form.leftMargin(), form.bottomMargin(), form.indent()))
        block = block.next()
    return found


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cuts=st.lists(st.integers(0, len(MARKDOWN)), max_size=12))
def test_markdown_in_pieces_looks_as_it_does_whole(look: Look, cuts: list[int]) -> None:
    whole, _ = written(look, MARKDOWN)
    pieces, _ = streamed(look, MARKDOWN, cuts)
    assert pieces.doc.toPlainText() == whole.doc.toPlainText()
    assert blocks(pieces) == blocks(whole)


@pytest.mark.parametrize("end", ["\r", "\r\n"])
def test_lines_that_end_as_elsewhere_are_lines(look: Look, end: str) -> None:
    whole, _ = written(look, MARKDOWN)
    text = MARKDOWN.replace("\n", end)
    assert blocks(written(look, text)[0]) == blocks(whole)
    pieces, _ = streamed(look, text, list(range(0, len(text), 7)))
    assert blocks(pieces) == blocks(whole)


def test_every_kind_of_block_is_written_as_itself(look: Look) -> None:
    document, item = written(look, MARKDOWN)
    text = document.doc.toPlainText()
    for words in ("Title", "bold", "deeper", "quoted", "return x", "末尾的中文", "👩‍💻"):
        assert words in text
    for marks in ("**", "```", "# Title", "|--", "> quoted"):
        assert marks not in text
    codes = document.codes(item)
    assert [language(code) for code in codes] == ["python", ""]
    assert frame_text(codes[0]) == "def f(x):\n    return x  # comment"
    tables = [frame for frame in item.frame.childFrames() if hasattr(frame, "rows")]
    assert [(table.rows(), table.columns()) for table in tables] == [(2, 2)]


def colours(frame: QTextFrame) -> list[str]:
    """The colour of each letter."""
    found, cursor = [], frame.firstCursorPosition()
    while cursor.position() < frame.lastPosition():
        cursor.movePosition(cursor.MoveOperation.NextCharacter)
        found.append(cursor.charFormat().foreground().color().name())
    return found


def test_code_is_coloured_by_its_language(look: Look) -> None:
    document, item = written(look, MARKDOWN)
    python, plain = document.codes(item)
    assert len(set(colours(python))) >= 3
    assert len(set(colours(plain))) == 1


@pytest.mark.parametrize(
    ("end", "reason"),
    [("\n```", EndReason.STOP), ("", EndReason.LENGTH), ("", EndReason.CANCELLED)],
)
def test_a_long_code_block_at_the_end_has_all_its_colours_once_the_reply_has_ended(
    look: Look, end: str, reason: EndReason
) -> None:
    text = "Code:\n\n```python\n" + "\n".join(f"x{n} = {n}  # comment" for n in range(400)) + end
    whole, done = written(look, text)
    pieces, item = streamed(look, text, list(range(0, len(text), 700)))
    assert len(set(colours(pieces.codes(item)[0])[-300:])) == 1
    pieces.finish(item, replied("a", text, reason=reason))
    assert colours(pieces.codes(item)[0]) == colours(whole.codes(done)[0])
    assert frame_text(pieces.codes(item)[0]) == frame_text(whole.codes(done)[0])


def test_long_lists_paragraphs_and_code_are_complete_when_streamed(look: Look) -> None:
    rng = random.Random(1)
    text = "\n".join(f"- item {n} with some words" for n in range(200))
    text += "\n\n" + "A long sentence goes on. " * 300
    text += "\n\n```python\n" + "\n".join(f"x{n} = {n}" for n in range(900)) + "\n```\n\nend"
    cuts = [rng.randrange(len(text)) for _ in range(150)]
    whole, _ = written(look, text)
    pieces, item = streamed(look, text, cuts)
    squeezed = "".join(pieces.doc.toPlainText().split())
    assert squeezed == "".join(whole.doc.toPlainText().split())
    assert frame_text(pieces.codes(item)[0]).splitlines()[-1] == "x899 = 899"


@pytest.mark.parametrize(
    "text", ["<think>secret plan</think>\nanswer", "secret plan</think>answer"]
)
def test_thoughts_are_folded_until_they_are_opened(look: Look, text: str) -> None:
    document, item = written(look, text)
    assert "secret" not in document.doc.toPlainText()
    assert "answer" in document.doc.toPlainText()
    assert "Thought for 2.2 s" in document.doc.toPlainText()
    assert item.writer is not None
    item.writer.toggle_thinking()
    assert "secret plan" in document.doc.toPlainText()
    item.writer.toggle_thinking()
    assert "secret" not in document.doc.toPlainText()


def test_pictures_are_named_and_html_is_text(look: Look) -> None:
    document, _ = written(look, "![a cat](https://example.org/cat.png) <script>alert(1)</script>")
    text = document.doc.toPlainText()
    assert "[a cat]" in text
    assert "<script>" in text
    assert "\ufffc" not in text


def test_an_unbroken_run_may_break_and_is_copied_as_it_was(look: Look) -> None:
    run = "x" * 1000
    document, item = written(look, f"```\n{run}\n```")
    assert "\u200b" in document.doc.toPlainText()
    assert frame_text(document.codes(item)[0]) == run


def test_an_error_stands_under_the_text_that_came(look: Look) -> None:
    document = ConversationDocument(look)
    document.append([replied("a", "half", error="The memory ran out. Close other programs.")])
    text = document.doc.toPlainText()
    assert text.index("half") < text.index("The memory ran out")


@pytest.mark.parametrize(
    ("state", "reason"),
    [(MessageState.COMPLETE, EndReason.LENGTH), (MessageState.INTERRUPTED, None)],
)
def test_a_reply_that_was_cut_in_something_hidden_is_not_gone_on_with(
    state: MessageState, reason: EndReason | None
) -> None:
    """Of a key that is cut there the filter would not know the rest for one, and show it."""
    assert can_continue(replied("a", "█ is hidden", state, reason).message)
    cut = replied("a", "Key:\n█", state, reason).message
    assert cut_in_hidden(cut)
    assert not can_continue(cut)
    assert not cut_in_hidden(replied("a", "Key:\n█").message)


def test_a_line_across_stands_under_a_table_and_not_beside_it(look: Look) -> None:
    for text in ("| a | b |\n|---|---|\n| 1 | 2 |\n\n---\n\nend", "one\n\n---\n\nend"):
        document, _ = written(look, text)
        pieces, _ = streamed(look, text, list(range(len(text))))
        assert blocks(pieces) == blocks(document)
        document.doc.setTextWidth(700)
        rule = QTextFormat.Property.BlockTrailingHorizontalRulerWidth
        block = document.doc.begin()
        while not block.blockFormat().hasProperty(rule):
            block = block.next()
        layout = document.doc.documentLayout()
        assert layout.blockBoundingRect(block).left() == 0
        assert block.blockFormat().background().color() == look.tokens.line
        assert block.blockFormat().background().style() is Qt.BrushStyle.NoBrush


def test_a_tab_in_code_is_four_letters_wide(look: Look) -> None:
    document, item = written(look, "```go\n\tx\n    y\n```")
    document.doc.setTextWidth(700)
    document.doc.size()
    (code,) = document.codes(item)
    lines = []
    cursor = code.firstCursorPosition()
    for _ in range(2):
        cursor.movePosition(cursor.MoveOperation.NextBlock)
        text = cursor.block().text()
        line = cursor.block().layout().lineAt(0)
        lines.append(line.cursorToX(len(text) - 1)[0])
    assert lines[0] == pytest.approx(lines[1], abs=1)


def test_what_is_to_be_done_and_what_is_done_have_boxes(look: Look) -> None:
    text = "- [ ] **buy** it\n- [x] eat\n  1. [X] chew\n- [y] no\n- a [ ] b\n\n[ ] none"
    document, _ = written(look, text)
    shown = document.doc.toPlainText()
    for line in ("☐ buy it", "☑ eat", "☑ chew", "[y] no", "a [ ] b", "[ ] none"):
        assert line in shown
    pieces, _ = streamed(look, text, list(range(len(text))))
    assert blocks(pieces) == blocks(document)
