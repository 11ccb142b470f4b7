"""Addresses that stand bare in a reply are links to what is read there, and to nothing else."""

import pytest

from desktop_llm.core.events import Mark
from desktop_llm.core.policy import Level, Policy
from desktop_llm.safety.filter import to_hide
from desktop_llm.ui.conversation.streaming import links_in
from desktop_llm.ui.conversation.view import ConversationView
from desktop_llm.ui.look import Look
from tests.ui.saying import marked, replied, said
from tests.ui.test_replies import streamed, written


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("See https://example.org/a_b_c?x=1&y=2.", ["https://example.org/a_b_c?x=1&y=2"]),
        ("(https://en.wikipedia.org/wiki/A_(b)), http://a.org!", ["https://en.wikipedia.org/wiki/A_(b)", "http://a.org"]),
        ("**https://a.org** 见https://b.org。再见", ["https://a.org", "https://b.org"]),
        ("[here](https://a.org) <https://b.org> [https://c.org](https://d.org)", ["https://a.org", "https://b.org", "https://d.org"]),
        ("`https://a.org` xhttps://a.org https:// file:///etc/passwd javascript://a", []),
    ],
)  # fmt: skip
def test_a_bare_address_is_a_link_up_to_the_end_of_the_address(
    look: Look, text: str, links: list[str]
) -> None:
    document, item = written(look, text)
    assert list(links_in(item.frame).values()) == links
    pieces, streamed_item = streamed(look, text, list(range(len(text))))
    assert links_in(streamed_item.frame) == links_in(item.frame)
    assert pieces.doc.toPlainText() == document.doc.toPlainText()


def test_an_address_that_the_filter_has_touched_leads_nowhere(view: ConversationView) -> None:
    reply = "at https://example.org/cocaine now"
    start = reply.index("cocaine")
    mark = Mark(start, start + len("cocaine"), "drugs", "drugs.en.1", "warn")
    view.show_path([said("q", "Hi"), marked(replied("r", reply), mark)])
    assert not view.document().find("https").charFormat().isAnchor()


def test_an_address_that_spells_what_is_forbidden_leads_nowhere(view: ConversationView) -> None:
    view.set_hide(lambda text: to_hide(Policy(Level.STRICT, ("zorgel",)), text))
    view.show_path([said("q", "Hi"), replied("r", "at https://example.org/zor%67el now")])
    assert not view.document().find("https").charFormat().isAnchor()
