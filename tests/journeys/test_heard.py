"""What a screen reader hears of keys that act on the whole window: the version that they flip to."""

from datetime import timedelta

import pytest

from desktop_llm.core.events import EndReason
from desktop_llm.core.messages import Conversation, Message, Role
from tests.journeys.conftest import Person

pytestmark = pytest.mark.journey


@pytest.mark.usefixtures("listening")
def test_the_version_that_is_flipped_to_is_heard(person: Person) -> None:
    store, now = person.wiring.services.store, person.wiring.services.clock.now()
    store.add_conversation(Conversation("c", "Talk", now, now))
    store.add_message(Message("q", "c", None, Role.USER, "What?", now))
    for number, (name, text, end) in enumerate(
        (("r1", "First words.", EndReason.CANCELLED), ("r2", "Other words.", EndReason.STOP))
    ):
        later = now + timedelta(seconds=number + 1)
        store.add_message(Message(name, "c", "q", Role.ASSISTANT, text, later, end_reason=end))
    person.wiring.commands.open_conversation("c")
    heard: list[str] = []
    person.window.view.announcer.spoken.connect(heard.append)
    for key in ("Alt+Left", "Alt+Left", "Alt+Right"):  # before the first there is none
        person.press(key)
    assert heard == [
        "Version 1 of 2. The model wrote: First words. stopped",
        "Version 2 of 2. The model wrote: Other words.",
    ]
