"""Who talks to whom: every connection between the window, the presenters and the worker, in one table.

Decides nothing; a line here is one wire.
"""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Slot

from desktop_llm.core.errors import UserError
from desktop_llm.core.launch import Launch
from desktop_llm.ui.arrivals import Arrivals
from desktop_llm.ui.chat_presenter import ChatPresenter
from desktop_llm.ui.commands import WELCOMED, Commands
from desktop_llm.ui.greetings import questions
from desktop_llm.ui.hotkey.shortcut import GlobalShortcut
from desktop_llm.ui.idle_measure import IdleMeasure
from desktop_llm.ui.language import said
from desktop_llm.ui.list_presenter import ListPresenter
from desktop_llm.ui.look import Look
from desktop_llm.ui.model_presenter import ModelPresenter
from desktop_llm.ui.quick_ask import QuickAsk
from desktop_llm.ui.safety_presenter import SafetyPresenter
from desktop_llm.ui.services import Services
from desktop_llm.ui.settings_presenter import SettingsPresenter
from desktop_llm.ui.shortcut_actions import ShortcutActions
from desktop_llm.ui.tray import Tray
from desktop_llm.ui.undisturbed import Undisturbed
from desktop_llm.ui.window import MainWindow

if TYPE_CHECKING:
    from desktop_llm.ui.models_presenter import ModelsPresenter


class Wiring(QObject):
    """Makes the presenters and connects them. Lives as long as the window."""

    def __init__(self, window: MainWindow, look: Look, services: Services) -> None:
        super().__init__(window)
        self.window, self.look, self.services = window, look, services
        self.chat = ChatPresenter(services, window.view, window.composer, self)
        self.list = ListPresenter(services, window.sidebar, self)
        self.models = ModelPresenter(services, window.topbar, self)
        self.settings = SettingsPresenter(services, look, window.settings_page, self)
        self.safety = SafetyPresenter(services, look, window.settings_page, self)
        self.commands = Commands(window, services, self.chat, self.list, self.settings)
        self.arrivals = Arrivals(services, self)
        self.quick_ask = QuickAsk(look, window)
        self.undisturbed = Undisturbed(self)
        self.tray = Tray(window, wanted=services.settings.values.general.tray)
        self.global_shortcut = GlobalShortcut(self)
        self.idle_measure = IdleMeasure(services, self)
        self._arrived = ""  # a conversation that waits to be shown
        self.chat.give_away = self.commands.give_away
        self._wire_conversation()
        self._wire_list()
        self._wire_models()
        self._wire_settings()
        self._wire_worker()
        self._wire_shortcuts()
        self._wire_outside()
        for presenter in (
            self.chat,
            self.models,
            self.settings,
            self.safety,
            self.arrivals,
            self.global_shortcut,
            self.tray,
        ):
            presenter.failed.connect(window.show_error)

    def start(self, before: "Wiring | None" = None) -> None:
        """Fill the window, open the last conversation, begin to load the model.

        What was begun in the window `before` this one, if any, goes on here.
        """
        window = self.window
        if before is not None:
            before.global_shortcut.close()  # two cannot hold the same keys
        window.settings_page.set_try_filter(self.services.try_filter)
        window.settings_page.set_preview(self.chat.counting.preview_tokens)
        window.view.set_questions(questions())
        window.view.set_hide(self.services.safety.to_hide)
        self.settings.start()
        self.commands.apply_settings()
        if before is None:
            self._open_first()
        else:
            self._go_on_from(before)
        self.commands.refresh()
        for notice in self.services.notices if before is None else ():
            window.show_error(UserError(notice))
        self.models.start()
        if before is not None and "shelf" in before.__dict__:
            self.shelf.go_on_from(before.shelf)  # what it began is told of, shown or not
        window.composer.focus()
        if not self.services.state.get(WELCOMED):
            self._welcome(before)

    def _go_on_from(self, before: "Wiring") -> None:
        self.chat.go_on_from(before.chat)
        self.arrivals.go_on_from(before.arrivals)
        self.models.go_on_from(before.models)
        self.commands.go_on_from(before.commands)
        self.list.go_on_from(before.list)
        self.quick_ask.go_on_from(before.quick_ask)
        self.window.go_on_from(before.window)

    def _welcome(self, before: "Wiring | None") -> None:
        """The first start's steps, where they were in the window before this one."""
        welcome = self.window.show_welcome(said([self.services.places.key]))
        welcome.changed.connect(self.settings.change)
        welcome.finished.connect(self.commands.end_welcome)
        welcome.larger_wanted.connect(self.get_models)
        welcome.show_values(self.settings.values)
        if before is not None and before.window.welcome is not None:
            welcome.show_step(before.window.welcome.step)

    def answer(self, launch: Launch) -> None:
        """Do what a start of the app asked for."""
        if launch.quick_ask:
            self.ask_quickly()
        else:
            self.window.bring_to_front()
        self.arrivals.take(launch.files)

    @Slot()
    def ask_quickly(self) -> None:
        """Let the quick question appear, once it can be written into: a dialog forbids that.

        The first start's steps come before: its reply would be written below them.
        """
        if self.window.welcome is None:
            self.undisturbed.do(self.quick_ask.appear)
        if self.window.welcome is not None or self.undisturbed.waiting:
            self.window.bring_to_front()  # where the dialog is

    @Slot(str)
    def show_arrived(self, conversation_id: str) -> None:
        """Show a conversation that was opened from outside; not under a dialog about the shown one."""
        self._arrived = conversation_id
        self.undisturbed.do(self._open_arrived)

    def _open_arrived(self) -> None:
        arrived, self._arrived = self._arrived, ""
        if arrived:
            self.commands.open_conversation(arrived)

    @Slot()
    def forget_arrived(self) -> None:
        """What waits to be shown is erased."""
        self._arrived = ""

    def _open_first(self) -> None:
        typed = self.window.composer.text()  # while the history was still locked, perhaps
        self.window.composer.clear()
        self.chat.drafts.take_up()
        last = self.services.state.get("conversation")
        known = {conversation.id for conversation in self.services.store.conversations()}
        if last in known and self.services.settings.values.general.reopen_last:
            self.chat.open(last)
        else:
            self.chat.start_new()
        if typed:
            self.window.composer.add_text(typed)

    # The models page, which is made when it is first asked for

    @cached_property
    def shelf(self) -> "ModelsPresenter":
        """What the models page does."""
        from desktop_llm.ui.models_presenter import ModelsPresenter

        page = self.window.models_page
        shelf = ModelsPresenter(
            self.services, page, self.commands.confirmed, self.models.known, self
        )
        page.closed.connect(self.window.show_chat)
        page.offer.page.connect(self.commands.open_link)
        page.offer.card.anchorClicked.connect(self.open_url)
        page.model.reveal.connect(self.settings.reveal)
        shelf.failed.connect(self.window.show_error)
        shelf.said.connect(self.window.say)
        shelf.chosen.connect(self.models.choose)
        shelf.changed.connect(self.models.model_changed)
        shelf.changed.connect(self.chat.choices.take_defaults)
        shelf.changed.connect(self.chat.choices.show)
        shelf.changed.connect(self.chat.counting.schedule)
        shelf.changed.connect(self.settings.on_model_changed)
        shelf.listed.connect(self.models.refresh)
        shelf.setting.connect(self.settings.change)
        self.settings.changed.connect(shelf.setting_changed)
        self.models.loaded.connect(shelf.on_loaded)
        shelf.start()
        return shelf

    @Slot()
    def show_models(self) -> None:
        """Bring the models to the front, or the conversation where they were."""
        if self.window.models_shown:
            self.window.show_chat()
            return
        self.window.show_models()
        self.shelf.refresh_soon()

    @Slot()
    def get_models(self) -> None:
        """Bring the catalogue to the front."""
        self.window.models_page.show_section("catalogue")
        self.window.show_models()
        self.shelf.refresh_soon()

    @Slot(QUrl)
    def open_url(self, url: QUrl) -> None:
        """Open a link of a model card, after showing where it leads."""
        self.commands.open_link(url.toString())

    # The table

    def _wire_conversation(self) -> None:
        view, composer, chat, window = (
            self.window.view,
            self.window.composer,
            self.chat,
            self.window,
        )
        composer.submitted.connect(chat.submit)
        composer.stop_requested.connect(chat.stop)
        composer.draft_changed.connect(chat.counting.schedule)
        composer.draft_changed.connect(chat.drafts.keep_soon)
        composer.preset_chosen.connect(chat.choices.choose_preset)
        composer.neutralise_requested.connect(chat.choices.neutralise)
        composer.system_prompt_requested.connect(self.commands.edit_system_prompt)
        composer.sampling_requested.connect(self.commands.edit_sampling)
        composer.thinking_chosen.connect(chat.choices.choose_thinking)
        composer.filter_requested.connect(self.commands.show_safety)
        composer.edit_last_requested.connect(self.commands.edit_last)
        view.copy_requested.connect(chat.copy)
        view.text_copied.connect(chat.copy_text)
        view.copy_refused.connect(chat.refuse_copy)
        view.link_activated.connect(self.commands.open_link)
        view.link_refused.connect(chat.refuse_link)
        view.edit_submitted.connect(chat.edit)
        view.regenerate_requested.connect(chat.regenerate)
        view.continue_requested.connect(chat.continue_reply)
        view.delete_requested.connect(self.commands.delete_message)
        view.flip_requested.connect(chat.flip)
        view.question_chosen.connect(chat.ask)
        window.findbar.find_requested.connect(self.commands.find)
        window.findbar.closed.connect(view.clear_find)
        view.found.connect(window.findbar.show_count)
        window.closing.connect(chat.drafts.keep)
        chat.changed.connect(self.commands.refresh)
        chat.running.connect(composer.set_running)
        chat.said.connect(window.say)
        chat.counting.context.connect(window.topbar.show_context)

    def _wire_list(self) -> None:
        sidebar, store = self.window.sidebar, self.list
        sidebar.new_requested.connect(self.commands.new_conversation)
        sidebar.opened.connect(self.commands.open_conversation)
        sidebar.hit_opened.connect(self.commands.open_hit)
        sidebar.rename_requested.connect(store.rename)
        sidebar.pin_requested.connect(store.pin)
        sidebar.delete_requested.connect(self.commands.delete_conversation)
        sidebar.export_requested.connect(self.commands.export)
        sidebar.search_changed.connect(store.search)
        sidebar.settings_requested.connect(self.window.show_settings)
        store.changed.connect(self.commands.on_list_changed)
        store.deleted.connect(self.commands.on_deleted)
        store.failed.connect(self.chat.tell)
        self.window.toast.undone.connect(self.commands.undo_delete)
        self.window.toast.gone.connect(store.purge)

    def _wire_models(self) -> None:
        topbar, models = self.window.topbar, self.models
        topbar.model_chosen.connect(models.choose)
        topbar.path_chosen.connect(models.add)
        topbar.refresh_requested.connect(models.refresh)
        topbar.more_requested.connect(self.get_models)
        topbar.reload_requested.connect(models.load_selected)
        topbar.unload_requested.connect(models.unload)
        topbar.cancel_load_requested.connect(models.cancel_load)
        topbar.theme_toggled.connect(self.settings.toggle_theme)
        topbar.settings_requested.connect(self.window.show_settings)
        topbar.sidebar_toggled.connect(self.window.toggle_sidebar)
        models.said.connect(self.window.say)
        self.window.banner.remedy_chosen.connect(models.mend)
        self.chat.model_needed.connect(models.load_selected)
        models.loaded.connect(self.settings.show_model)
        models.loaded.connect(self.chat.counting.schedule)
        models.loaded.connect(self.chat.choices.take_defaults)
        models.loaded.connect(self.commands.refresh)

    def _wire_settings(self) -> None:
        page, settings = self.window.settings_page, self.settings
        page.changed.connect(settings.change)
        page.reset.connect(settings.reset)
        page.closed.connect(self.window.show_chat)
        page.preset_chosen.connect(settings.choose_preset)
        page.preset_save.connect(settings.save_preset)
        page.preset_delete.connect(self.commands.delete_preset)
        page.neutralise.connect(settings.neutralise)
        page.reveal_folder.connect(settings.reveal)
        page.delete_all.connect(self.commands.delete_all)
        page.delete_all.connect(self.safety.refresh)
        page.link_requested.connect(self.commands.open_link)
        page.shown.connect(self.settings.show_connections)
        page.network.token_given.connect(self.settings.keep_token)
        # First: whether keys that were refused are asked for again is known before they are set.
        settings.changed.connect(self.global_shortcut.setting_changed)
        settings.changed.connect(self.commands.on_setting_changed)
        settings.changed.connect(self.safety.refresh)
        page.shown.connect(self.safety.refresh)
        self.safety.changed.connect(settings.refresh)
        self.safety.changed.connect(self.commands.on_setting_changed)
        self.safety.said.connect(self.window.say)
        self.safety.scanning.connect(self.chat.drafts.keep)
        self.safety.drafts_changed.connect(self.chat.drafts.take)
        self.safety.history_changed.connect(self.commands.reload)
        self.window.view.wrong_block.connect(self.safety.allow)
        settings.changed.connect(self.models.setting_changed)
        settings.said.connect(self.window.say)

    def _wire_worker(self) -> None:
        inference, counter = self.services.inference, self.services.counter
        inference.happened.connect(self.chat.on_happened)
        inference.engine_ready.connect(self.chat.counting.on_engine_ready)
        inference.load_progress.connect(self.models.on_progress)
        inference.loaded.connect(self.models.on_loaded)
        inference.load_failed.connect(self.models.on_load_failed)
        inference.unloaded.connect(self.models.on_unloaded)
        inference.stalled.connect(self.models.on_stalled)
        inference.changed.connect(self.models.watch_use)
        counter.counted.connect(self.chat.counting.on_counted)

    def _wire_outside(self) -> None:
        arrivals, tray, commands = self.arrivals, self.tray, self.commands
        self.window.files_dropped.connect(arrivals.take)
        arrivals.said.connect(self.window.say)
        arrivals.adding.connect(self.window.strip.show_step)
        arrivals.ended.connect(self.window.strip.end)
        self.window.strip.stopped.connect(arrivals.stop)
        arrivals.imported.connect(self.show_arrived)
        arrivals.erased.connect(commands.refresh)
        commands.erasing.connect(arrivals.give_up)
        commands.erasing.connect(self.forget_arrived)
        arrivals.model_given.connect(self.models.add)
        arrivals.text_given.connect(commands.take_text)
        self.quick_ask.asked.connect(commands.ask_anew)
        self.global_shortcut.pressed.connect(self.ask_quickly)
        tray.show_requested.connect(self.window.bring_to_front)
        tray.quick_ask_requested.connect(self.ask_quickly)
        tray.quit_requested.connect(self.window.leave)
        commands.settings_applied.connect(self._apply_settings)

    @Slot()
    def _apply_settings(self) -> None:
        general = self.services.settings.values.general
        self.quick_ask.set_send_key(general.send_key)
        self.global_shortcut.set_keys(general.quick_ask_keys)
        self.window.stays = self.tray.set_wanted(general.tray)

    def _wire_shortcuts(self) -> None:
        does: dict[str, Callable[[], object]] = {
            "new": self.commands.new_conversation,
            "search": self.commands.search_everything,
            "find": self.window.findbar.open_bar,
            "stop": self.commands.escape,
            "regenerate": self.chat.regenerate_last,
            "continue": self.chat.continue_last,
            "previous-version": self.commands.previous_version,
            "next-version": self.commands.next_version,
            "edit-last": self.commands.edit_last,
            "copy-reply": self.chat.copy_last_reply,
            "copy-code": self.window.view.copying.last_code,
            "model": self.window.topbar.open_menu,
            "models": self.show_models,
            "settings": self.window.show_settings,
            "sidebar": self.window.toggle_sidebar,
            "zoom-in": self.commands.zoom_in,
            "zoom-out": self.commands.zoom_out,
            "zoom-reset": self.commands.zoom_reset,
            "delete": self.commands.delete_shown,
            "undo": self.window.toast.undo,
            "shortcuts": self.commands.show_shortcuts,
            "focus": self.commands.focus_composer,
            "quick-ask": self.quick_ask.appear,
            "quit": self.window.leave,
        }
        self.actions = ShortcutActions(self.window, does).actions
