"""What the safety filter did, in words: for a tooltip, and for the note under a reply. Draws nothing."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from desktop_llm.core import settings_tree
from desktop_llm.core.events import ON_EARLIER, UNCHECKED, EndReason, Mark
from desktop_llm.core.messages import Message
from desktop_llm.core.policy import CATEGORIES, FilterAction, Policy

GUARD = "guard."
"""What the rules of a guard model's verdicts begin with."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Safety", text)


def category_words(category: str) -> str:
    """A category's name in the window's language."""
    if category == UNCHECKED:
        return _tr("Not checked")
    if category not in CATEGORIES:
        return category
    title = settings_tree.find(Policy, f"replies.{category}").description.title
    return QCoreApplication.translate("settings", title)


def mark_words(mark: Mark) -> str:
    """Why a place is hidden or marked."""
    name = category_words(mark.category)
    if mark.rule.startswith(GUARD):
        return _tr("{category}: the guard model warns of this").format(category=name)
    hidden = mark.action == FilterAction.MASK
    words = _tr("Hidden: {category} (rule {rule})") if hidden else _tr("{category} (rule {rule})")
    return words.format(category=name, rule=mark.rule)


def safety_notes(message: Message, marks: Sequence[Mark]) -> tuple[str, ...]:
    """What is said under a reply: why it was stopped, or that it was not checked."""
    notes = []
    if message.end_reason is EndReason.BLOCKED:
        notes.append(_stopped(marks) or message.error)
    unchecked = any(mark.category == UNCHECKED for mark in marks)
    if unchecked and message.end_reason is not EndReason.BLOCKED:
        notes.append(_tr("Parts of this reply were not checked: the guard model gave no verdict that can be read."))  # fmt: skip
    return tuple(notes)


def notes_under(message: Message, marks: Sequence[Mark]) -> tuple[str, ...]:
    """All that is said under a reply: what went wrong, what the safety filter did, where help is."""
    # Why the safety filter stopped is said in the window's language, not in the log's.
    error = "" if message.end_reason is EndReason.BLOCKED else message.error
    notes = (error, *safety_notes(message, marks), *help_notes(marks))
    return tuple(note for note in notes if note)


def help_notes(marks: Sequence[Mark]) -> tuple[str, ...]:
    """Where somebody finds help, where what was found makes one think of it."""
    notes = tuple(dict.fromkeys(mark.note for mark in marks if mark.note))
    hurt = any(mark.category == "self_harm" for mark in marks)
    return notes or ((help_line(),) if hurt else ())


def _stopped(marks: Sequence[Mark]) -> str:
    stop = next((mark for mark in reversed(marks) if mark.action == FilterAction.BLOCK), None)
    if stop is None:
        return ""
    name = category_words(stop.category)
    if stop.category == UNCHECKED:
        words = _tr("The safety filter stopped here: the guard model gave no verdict that can be read, and Strict shows nothing unjudged.")  # fmt: skip
    elif stop.in_system_prompt and stop.rule.startswith(GUARD):
        words = _tr("Your message was not given to the model because of the system prompt. The guard model found in that: {category}. Change it in this conversation, in its preset or in the settings.")  # fmt: skip
    elif stop.in_system_prompt:
        words = _tr("Your message was not given to the model because of the system prompt. The safety filter found in that: {category} (rule {rule}). Change it in this conversation, in its preset or in the settings.")  # fmt: skip
    elif stop.rule == ON_EARLIER:
        words = _tr("Your message was not given to the model because of an earlier one that has no reply. The guard model found in that: {category}. Edit or delete the earlier one.")  # fmt: skip
    elif stop.in_prompt and stop.rule.startswith(GUARD):
        words = _tr("Your message was not given to the model. The guard model found in it: {category}.")  # fmt: skip
    elif stop.in_prompt:
        words = _tr("Your message was not given to the model. The safety filter found in it: {category} (rule {rule}).")  # fmt: skip
    elif stop.rule.startswith(GUARD):
        words = _tr("The guard model stopped this reply and took its last part back. It found: {category}.")  # fmt: skip
    else:
        words = _tr("The safety filter stopped this reply here: {category} (rule {rule}).")
    return words.format(category=name, rule=stop.rule_alone)


def help_line() -> str:
    """Where somebody finds a person to talk to."""
    return _tr("If you or somebody near you may come to harm, talk to a person now. In an emergency call your local emergency number; findahelpline.com lists free help lines in your country.")  # fmt: skip
