"""What the shown conversation has chosen for itself: preset, sampling, system prompt. Paints nothing."""

import dataclasses
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from desktop_llm.core.errors import UserError
from desktop_llm.core.model_defaults import ModelDefaults
from desktop_llm.core.presets import effective_sampling, find_preset
from desktop_llm.core.sampling import (
    BUILT_IN_PRESETS,
    NEUTRAL,
    NOTHING_SET,
    SamplingSettings,
    steps_switched_off,
)
from desktop_llm.core.session import Session, Situation
from desktop_llm.ui.composer import Composer
from desktop_llm.ui.services import Services


class ChatChoices(QObject):
    """Signals: `changed()`; `failed(UserError)`; `to_count()` where the prompt's length may be another."""

    changed = Signal()
    failed = Signal(object)
    to_count = Signal()

    def __init__(
        self, services: Services, session: Session, composer: Composer, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._services, self._session, self._composer = services, session, composer

    @Slot(str)
    def choose_preset(self, name: str) -> None:
        """Give this conversation a preset of its own; its own values go."""
        self._change(lambda: self._session.change(preset=name, sampling=NOTHING_SET))

    @Slot(str)
    def set_system_prompt(self, text: str) -> None:
        """Give this conversation a system prompt of its own."""
        begun = not self._session.is_new
        self._change(lambda: self._session.change(system_prompt=text))
        if begun and self._session.is_new:  # it is gone, and was left: what was written goes along
            self._change(lambda: self._session.change(system_prompt=text))

    @Slot()
    def neutralise(self) -> None:
        """Switch every sampling step off for this conversation."""
        now = self._session.conversation.sampling
        self._set_sampling(dataclasses.replace(now, **steps_switched_off()))

    @Slot()
    def clear_sampling(self) -> None:
        """Take the preset's values for this conversation."""
        self._set_sampling(NOTHING_SET)

    @Slot(str, object)
    def change_sampling(self, name: str, value: object) -> None:
        """Give this conversation one sampling value of its own; None takes it away."""
        now = self._session.conversation.sampling
        self._set_sampling(dataclasses.replace(now, **{name: value}))  # type: ignore[arg-type]

    @Slot(str)
    def choose_thinking(self, choice: str) -> None:
        """Let the model think before its replies in this conversation, or not."""
        self.change_sampling("thinking", choice)

    @Slot()
    def take_defaults(self) -> None:
        """Give a conversation in which nothing was said yet the settings as they are now."""
        if self._session.is_new:
            self._session.take_system_prompt()
            self.to_count.emit()

    def sampling_below(self) -> SamplingSettings:
        """What holds where the conversation has no value of its own."""
        plain = dataclasses.replace(self._session.conversation, sampling=NOTHING_SET)
        settings, model = self._services.settings, self._services.inference.model
        own = _own_defaults(self._services).sampling
        chosen = effective_sampling(plain, settings.values, settings.own_presets, own)
        return chosen.over(model.defaults if model else NEUTRAL).over(NEUTRAL)

    @Slot()
    def show(self) -> None:
        """Show the conversation's preset in the composer, and whether it was changed by hand."""
        settings, conversation = self._services.settings, self._session.conversation
        own = settings.own_presets
        name = find_preset(conversation.preset or settings.values.preset, own).name
        self._composer.show_system_prompt(conversation.system_prompt)
        self._composer.show_presets((*BUILT_IN_PRESETS, *own), name, self._differs_from_preset())
        model = self._services.inference.model
        chosen = conversation.sampling.thinking or self.sampling_below().thinking
        self._composer.show_thinking(model is not None and model.can_think, chosen != "off")

    def _differs_from_preset(self) -> bool:
        """Whether replies are made with other values than those of the preset that is shown."""
        settings, conversation = self._services.settings, self._session.conversation
        if conversation.sampling != NOTHING_SET or conversation.preset:
            return conversation.sampling != NOTHING_SET
        preset = find_preset(settings.values.preset, settings.own_presets).sampling
        model = _own_defaults(self._services).sampling
        overruled = model.over(preset) != preset.over(model)
        return settings.values.sampling != NOTHING_SET or overruled

    def _set_sampling(self, sampling: SamplingSettings) -> None:
        self._change(lambda: self._session.change(sampling=sampling))

    def _change(self, act: Callable[[], object]) -> None:
        try:
            act()
        except UserError as error:
            self.failed.emit(error)
        self.changed.emit()
        self.to_count.emit()


def situation(services: Services) -> Situation:
    """What a new reply is asked for under: the settings, the presets and the model's own values."""
    settings = services.settings
    return Situation(settings.values, settings.own_presets, _own_defaults(services))


def _own_defaults(services: Services) -> ModelDefaults:
    """What the person set for the model alone that will answer."""
    model = services.inference.coming
    return services.supply.notes.defaults(model.id) if model else ModelDefaults()
