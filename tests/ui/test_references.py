"""Links by reference in a reply that is being written: they lead where they lead in the whole reply."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QUrl
from pytestqt.qtbot import QtBot

from desktop_llm.core.events import Checked, Delta, Mark
from desktop_llm.ui.conversation import streaming
from desktop_llm.ui.conversation.document import ConversationDocument, Item
from desktop_llm.ui.conversation.streaming import ReplyWriter, links_in
from desktop_llm.ui.conversation.view import ConversationView
from desktop_llm.ui.look import Look
from tests.ui.saying import replied, running, said

BEHIND = "See [the docs][1].\n\nMore words.\n\n[1]: https://example.org/docs"
BEFORE = "Hello.\n\n[1]: https://example.org/docs\n\nFirst.\n\nSee [the docs][1]."
LONG = f"{BEFORE}{' The words go on.' * 300}"
EVERYWHERE = """- [one][a] and [b]
- [two]

> [a]: https://example.org/a
> quoted [b]

```
[code]: https://example.org/code
```

[two]:
  <https://example.org/two> "its title"
[B]: https://example.org/b

| [a] | ![cat][two] |
|-----|-------------|
| [b] | [code]      |

[a]: https://example.org/not-this-one

The last [one][two] and [never][c]."""


def begun(look: Look) -> tuple[ConversationDocument, Item, ReplyWriter]:
    document = ConversationDocument(look)
    document.append([running("a")])
    item = document.items[0]
    assert item.writer is not None
    return document, item, item.writer


def shown(document: ConversationDocument) -> tuple[str, dict[int, str]]:
    """All that is read, and where in it which links are."""
    return document.doc.toPlainText(), links_in(document.items[0].frame)


def addresses(document: ConversationDocument) -> list[str]:
    return list(shown(document)[1].values())


def whole(look: Look, text: str) -> tuple[str, dict[int, str]]:
    document = ConversationDocument(look)
    document.append([replied("a", text)])
    return shown(document)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=st.sampled_from([BEHIND, BEFORE, LONG, EVERYWHERE]),
    cuts=st.lists(st.integers(0, len(EVERYWHERE)), max_size=20),
)
def test_a_reply_in_pieces_has_the_links_of_the_whole_once_it_has_ended(
    look: Look, text: str, cuts: Sequence[int]
) -> None:
    document, item, writer = begun(look)
    for cut in sorted(cuts):
        writer.update(text[:cut])
    document.finish(item, replied("a", text))
    assert shown(document) == whole(look, text)
    assert addresses(document)


@pytest.mark.parametrize("text", [BEHIND + "\n\nAnd on", BEFORE])
def test_a_link_is_one_as_soon_as_its_definition_is_whole(look: Look, text: str) -> None:
    document, _, writer = begun(look)
    for length in range(len(text) + 1):
        writer.update(text[:length])
        assert set(addresses(document)) <= {"https://example.org/docs"}
    assert addresses(document) == ["https://example.org/docs"]
    assert "See the docs." in document.doc.toPlainText()


def spread(count: int) -> list[str]:
    """Each definition behind the words that need it."""
    return [f"Word [w{n}].\n\n[w{n}]: https://example.org/{n}\n\n" for n in range(count)]


def together(count: int) -> list[str]:
    """All definitions at the end."""
    return [*(f"Word [w{n}].\n\n" for n in range(count)),
            *(f"[w{n}]: https://example.org/{n}\n" for n in range(count))]  # fmt: skip


@pytest.mark.parametrize("pieces", [spread(300), together(300)], ids=["spread", "together"])
def test_many_definitions_are_not_read_again_with_each_of_them(
    look: Look, monkeypatch: pytest.MonkeyPatch, pieces: list[str]
) -> None:
    read: list[int] = []
    parse = streaming.parse

    def counted(text: str, env: dict[str, object] | None = None) -> object:
        read.append(len(text))
        return parse(text, env)

    monkeypatch.setattr(streaming, "parse", counted)
    document, item, writer = begun(look)
    text = ""
    for piece in pieces:
        text += piece
        writer.update(text)
    document.finish(item, replied("a", text))
    assert addresses(document) == [f"https://example.org/{n}" for n in range(300)]
    assert sum(read) < 60 * len(text)  # each time all of it would be 300 times


def test_many_definitions_are_not_taken_for_the_paragraph_before_or_behind_them(
    look: Look,
) -> None:
    many = "".join(f"[w{n}]: https://example.org/{n}\n" for n in range(200))
    text, links = whole(look, f"{many}\nFirst [w7].\n\n{many.replace('w', 'v')}")
    assert text.split() == ["First", "w7."]
    assert list(links.values()) == ["https://example.org/7"]


def hide_bad(text: str) -> Sequence[Mark]:
    place = text.find("bad")
    return [Mark(place, place + 3, "own", "own.1", "mask")] if place >= 0 else []


def test_what_a_definition_brings_together_is_looked_at_again(look: Look) -> None:
    behind = "\n\nMore.\n\n[1]: https://example.org\n[2]: https://bad.example.org\n\n"
    text = f"See [b][1]ad and [the docs][2].{behind}"
    document, item, writer = begun(look)
    document.hide = hide_bad
    writer.update(text[: text.index("[1]: ")])
    assert "[b][1]ad" in document.doc.toPlainText()
    writer.update(text + "And on.")
    assert "bad" not in document.doc.toPlainText()
    assert not any("bad" in address for address in addresses(document))
    document.finish(item, replied("a", text + "And on."))
    assert "bad" not in document.doc.toPlainText()
    assert not any("bad" in address for address in addresses(document))


def test_a_link_is_opened_only_where_all_of_its_address_was_judged(
    view: ConversationView, qtbot: QtBot
) -> None:
    judged, rest = "See [the docs][1].\n\n[1]: https://example.org/", "bad\n\nMore"
    view.show_path([said("q", "Hi"), running("r")])
    for event in (Checked(0), Delta(judged), Checked(len(judged)), Delta(rest)):
        view.feed("r", event)
    qtbot.waitUntil(lambda: "See the docs." in view.toPlainText(), timeout=2000)
    address = QUrl("https://example.org/bad")
    with qtbot.waitSignal(view.link_refused):
        view.anchorClicked.emit(address)
    view.feed("r", Checked(len(judged + rest)))
    with qtbot.waitSignal(view.link_activated) as opened:
        view.anchorClicked.emit(address)
    assert opened.args == [address.toString()]
    view.finish(replied("r", judged + rest))
