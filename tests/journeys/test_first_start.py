"""The very first start: three steps, each of which can be skipped, and which do not come again."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from desktop_llm.core.launch import Launch
from desktop_llm.ui.welcome import Welcome
from tests.journeys.conftest import Person, close

pytestmark = pytest.mark.first_start


def shown(person: Person) -> Welcome:
    welcome = person.app.window.welcome
    assert welcome is not None
    assert welcome.isVisible()
    return welcome


def key(person: Person, *names: Qt.Key) -> None:
    for name in names:
        person.qtbot.keyClick(person.app.window.focusWidget(), name)


def test_three_steps_by_keyboard_alone_end_in_the_composer(open_app: Callable[..., Person]) -> None:
    person = open_app()
    key(person, Qt.Key.Key_Space, Qt.Key.Key_Space)
    assert shown(person).step == 2
    assert person.window.focusWidget() is shown(person).ways[0]
    key(person, Qt.Key.Key_Space)
    assert person.window.welcome is None
    assert person.window.focusWidget() is person.window.composer.draft


def test_language_and_theme_apply_at_once_and_the_step_stays(
    open_app: Callable[..., Person],
) -> None:
    person = open_app()
    old = person.window
    shown(person).theme.segments[2].click()
    assert person.app.look.dark
    shown(person).language.segments[2].click()
    person.qtbot.waitUntil(lambda: person.app.window is not old)
    assert shown(person).next_button.text() == "继续"
    assert shown(person).step == 0
    assert shown(person).theme.value == "dark"


def test_esc_skips_and_it_does_not_come_again(open_app: Callable[..., Person]) -> None:
    person = open_app()
    assert not person.window.composer.isEnabled()
    person.press("Esc")
    assert person.window.welcome is None
    assert person.window.composer.isEnabled()
    close(person.app)
    assert open_app().window.welcome is None


def test_a_larger_model_is_one_click_away(open_app: Callable[..., Person]) -> None:
    person = open_app()
    key(person, Qt.Key.Key_Space, Qt.Key.Key_Space, Qt.Key.Key_Tab)
    key(person, Qt.Key.Key_Space)
    assert person.window.welcome is None
    assert person.window.models_shown
    assert person.window.models_page.catalogue.isVisible()


def test_a_quick_question_waits_until_the_steps_are_over(open_app: Callable[..., Person]) -> None:
    person = open_app()
    person.wiring.answer(Launch(quick_ask=True))
    assert not person.wiring.quick_ask.isVisible()
    assert shown(person).step == 0
    person.press("Esc")
    person.wiring.answer(Launch(quick_ask=True))
    assert person.wiring.quick_ask.isVisible()
    person.wiring.quick_ask.hide()
