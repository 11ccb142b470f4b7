"""What the shortcuts and menus do across the window's parts. Each is a slot of a few lines."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMessageBox

from desktop_llm.core.errors import StoreError, UserError
from desktop_llm.core.messages import Role
from desktop_llm.core.personal import Change, changed_title, find_after
from desktop_llm.core.titles import file_name_from
from desktop_llm.ui.chat_presenter import ChatPresenter
from desktop_llm.ui.list_presenter import ListPresenter
from desktop_llm.ui.looking import look_through
from desktop_llm.ui.personal import GiveAway, ask_give_away
from desktop_llm.ui.sampling_dialog import SamplingDialog
from desktop_llm.ui.services import Services
from desktop_llm.ui.settings_presenter import SettingsPresenter
from desktop_llm.ui.shortcuts import ShortcutsDialog
from desktop_llm.ui.system_prompt import SystemPromptDialog
from desktop_llm.ui.window import MainWindow

SAFE_SCHEMES = ("http", "https", "mailto")
EXPORT_ENDINGS = {"markdown": ".md", "json": ".llmchat"}
WELCOMED = "welcomed"
"""The state that remembers that the first start's steps were seen."""


class Commands(QObject):
    """Knows the window and the presenters; the presenters do not know each other.

    Signals: `settings_applied()` after the window's parts were given their settings; `erasing()` before
    every conversation is erased.
    """

    settings_applied = Signal()
    erasing = Signal()

    def __init__(
        self,
        window: MainWindow,
        services: Services,
        chat: ChatPresenter,
        listing: ListPresenter,
        settings: SettingsPresenter,
    ) -> None:
        super().__init__(window)
        self._window, self._services = window, services
        self._chat, self._list, self._settings = chat, listing, settings
        self._left = ""  # the conversation that was shown when it was deleted

    def go_on_from(self, before: "Commands") -> None:
        """Take over from another window what an undo would show again."""
        self._left = before._left

    # Conversations

    @Slot()
    def new_conversation(self) -> None:
        """Go to the conversation that is not begun yet."""
        self._window.show_chat()
        self._chat.start_new()
        self.refresh()

    @Slot(str)
    def ask_anew(self, question: str) -> None:
        """Ask it in a new conversation, and show that."""
        self._window.bring_to_front()
        self._window.show_chat()
        self._chat.ask_anew(question)
        self.refresh()

    @Slot(str, str)
    def take_text(self, name: str, text: str) -> None:
        """Put the text of a file into the draft, to be asked about."""
        longest = max((len(run) for run in re.findall("`+", text)), default=0)
        fence = "`" * max(3, longest + 1)
        self._window.show_chat()
        self._window.composer.add_text(f"{name}\n{fence}\n{text.rstrip()}\n{fence}\n")
        self._window.say(self.tr("{name} is in your message").format(name=name))

    @Slot(str)
    def open_conversation(self, conversation_id: str) -> None:
        """Open a conversation and go to it."""
        self._chat.open(conversation_id)
        self._window.show_chat()
        self.refresh()

    @Slot(str, str)
    def open_hit(self, conversation_id: str, message_id: str) -> None:
        """Open a conversation at the message where a text was found."""
        self._window.show_chat()
        self._chat.open_at(conversation_id, message_id)
        self.refresh()

    @Slot(str)
    def delete_conversation(self, conversation_id: str) -> None:
        """Delete a conversation, asking first where the settings say so."""
        if self._settings.values.general.confirm_delete and not self.confirmed(
            self.tr("Delete this conversation?")
        ):
            return
        if conversation_id in self._chat.busy_conversations:
            self._chat.stop_in(conversation_id)
        self._list.delete(conversation_id)

    @Slot()
    def delete_shown(self) -> None:
        """Delete the shown conversation."""
        if not self._chat.session.is_new:
            self.delete_conversation(self._chat.session.conversation.id)

    @Slot(str)
    def delete_message(self, message_id: str) -> None:
        """Erase a message and what follows it, after asking: there is no way back."""
        back_there = self._way_back()
        sure = self.confirmed(
            self.tr("Delete this message and everything after it? This cannot be undone.")
        )
        if sure and back_there():
            self._chat.delete(message_id)

    def _way_back(self) -> Callable[[], bool]:
        """For after a dialog about the shown conversation: shows that one where another has come

        meanwhile, and says whether it is there.
        """
        session, new = self._chat.session, self._chat.session.is_new
        shown = session.conversation.id

        def back_there() -> bool:
            if session.conversation.id != shown and new:
                self.new_conversation()
            elif session.conversation.id != shown:
                self.open_conversation(shown)
            return session.conversation.id == shown

        return back_there

    @Slot(str)
    def undo_delete(self, conversation_id: str) -> None:
        """Bring a deleted conversation back, and show it again if nothing was begun instead."""
        if not self._list.restore(conversation_id):
            return
        if self._chat.session.is_new and conversation_id == self._left:
            self._chat.open(conversation_id)
            self.refresh()

    @Slot(str, str)
    def on_deleted(self, conversation_id: str, title: str) -> None:
        """Leave a deleted conversation and offer to undo."""
        if conversation_id == self._chat.session.conversation.id:
            self._chat.start_new()
            self._left = conversation_id
        self._window.toast.show_undo(
            self.tr("Deleted “{title}”").format(title=title), conversation_id
        )
        self.refresh()

    @Slot(str)
    def on_list_changed(self, conversation_id: str) -> None:
        """A conversation was renamed, pinned or restored, or all are gone (empty id)."""
        if conversation_id == self._chat.session.conversation.id:
            self._chat.reload_conversation()
        self.refresh()

    @Slot()
    def delete_all(self) -> None:
        """Erase every conversation, after asking; one that is being added as well."""
        if self.confirmed(self.tr("Erase all conversations? This cannot be undone.")):
            self.erasing.emit()
            self._chat.stop_all()
            if not self._chat.session.is_new:
                self._chat.start_new()  # now: what was being written there goes with it
            self._list.delete_all()
            self._window.toast.close_notice()  # nothing can be undone any more

    @Slot(str, str)
    def export(self, conversation_id: str, form: str) -> None:
        """Write a conversation to a file that the person chooses."""
        try:
            self._export(conversation_id, form)
        except OSError as error:
            self._window.show_error(
                StoreError(
                    self.tr("The file could not be written."),
                    str(error),
                    self.tr("Choose another place."),
                )
            )
        except UserError as error:
            self._chat.tell(error)

    def _export(self, conversation_id: str, form: str) -> None:
        store = self._services.store
        conversation = store.conversation(conversation_id)
        change = self._change_of(self._going_out(conversation_id, form))
        if change is None:
            return
        title = changed_title(conversation, store.messages(conversation_id), change)
        name = file_name_from(title) + EXPORT_ENDINGS[form]
        path, _ = QFileDialog.getSaveFileName(self._window, self.tr("Export"), name)
        if not path:
            return
        text = self._services.export(conversation_id, form, change)
        self._services.write_file(Path(path), text)
        self._window.say(self.tr("Exported"))

    def give_away(self, text: str) -> str | None:
        """A text as it may go to the clipboard, after asking about personal data; None: not at all."""
        change = self._change_of([(text, "")])
        return None if change is None else change(text, "")

    def _going_out(self, conversation_id: str, form: str) -> list[tuple[str, str]]:
        """All that an export is given to change, so that what is asked about is what is masked."""
        texts: list[tuple[str, str]] = []

        def collect(text: str, before: str) -> str:
            texts.append((text, before))
            return text

        self._services.export(conversation_id, form, collect)
        return texts

    def _change_of(self, texts: Sequence[tuple[str, str]]) -> Change | None:
        """What is to be done with these texts before they go out; None: they do not."""
        if not self._settings.values.safety.personal.ask:
            return _same
        find = self._services.safety.find_personal
        found = look_through(texts, find, self._window.look, self._window)
        if found is None:
            return None
        pieces = [piece for given in texts for piece in found[given].pieces]
        chosen = ask_give_away(pieces, self._window) if pieces else GiveAway.KEEP
        if chosen is GiveAway.MASK:
            return lambda *given: (found.get(given) or find_after(find, *given)).masked
        return _same if chosen is GiveAway.KEEP else None

    @Slot()
    def reload(self) -> None:
        """Show everything as the history has it now, after texts of it were rewritten."""
        self._chat.reload()
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the list, the chips and the window's title as they are now."""
        session, settings = self._chat.session, self._services.settings
        conversation = session.conversation
        shown = None if session.is_new else conversation.id
        self._list.refresh(shown, self._chat.busy_conversations)
        self._chat.choices.show()
        title = conversation.title if settings.values.privacy.title_in_window else ""
        self._window.setWindowTitle(f"{title} · Desktop LLM" if title else "Desktop LLM")
        self._services.state.put("conversation", shown)

    @Slot(str)
    def open_link(self, address: str) -> None:
        """Open a link of a reply in the browser, after showing where it really leads."""
        url = QUrl(address, QUrl.ParsingMode.StrictMode)
        if url.scheme() not in SAFE_SCHEMES:
            self._window.say(self.tr("This link is not a web or mail address; it was not opened."))
        elif self.confirmed(
            self.tr("Open this address outside the app?\n\n{address}").format(
                address=url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
            ),
            self.tr("Open"),
        ):
            QDesktopServices.openUrl(url)

    # Keyboard

    @Slot()
    def escape(self) -> None:
        """Esc: close what is open, else stop the reply."""
        if self._window.welcome is not None:
            self.end_welcome()
        elif self._window.models_shown and self._window.models_page.one_shown:
            self._window.models_page.show_list()
        elif self._window.settings_shown or self._window.models_shown:
            self._window.show_chat()
        elif self._window.findbar.isVisible():
            self._window.findbar.close_bar()
        else:
            self._chat.stop()

    @Slot()
    def search_everything(self) -> None:
        """Show the list with the cursor in its search field."""
        if not self._window.sidebar.isVisible():
            self._window.toggle_sidebar()
        self._window.sidebar.focus_search()

    @Slot(str, bool)
    def find(self, text: str, backwards: bool) -> None:
        """Find in the shown conversation."""
        self._window.findbar.show_count(self._window.view.find(text, backwards))

    @Slot()
    def previous_version(self) -> None:
        """Flip the last message that has versions back."""
        self._chat.flip_last(-1)

    @Slot()
    def next_version(self) -> None:
        """Flip the last message that has versions on."""
        self._chat.flip_last(1)

    @Slot()
    def edit_last(self) -> None:
        """Edit the person's last message."""
        for message in reversed(self._chat.session.path):
            if message.role is Role.USER:
                self._window.view.start_edit(message.id)
                return

    @Slot()
    def zoom_in(self) -> None:
        """Larger text."""
        self._settings.zoom(1)

    @Slot()
    def zoom_out(self) -> None:
        """Smaller text."""
        self._settings.zoom(-1)

    @Slot()
    def zoom_reset(self) -> None:
        """Text at 100%."""
        self._settings.zoom(0)

    @Slot()
    def focus_composer(self) -> None:
        """Go to the draft."""
        self._window.show_chat()

    @Slot()
    def show_shortcuts(self) -> None:
        """List the shortcuts."""
        ShortcutsDialog(self._window.look, self._window).exec()

    @Slot()
    def end_welcome(self) -> None:
        """The first start's steps were seen or skipped; they do not come again."""
        self._services.state.put(WELCOMED, True)
        self._window.end_welcome()

    # Settings

    @Slot()
    def edit_sampling(self) -> None:
        """Edit the shown conversation's sampling; every change applies to its next reply."""
        dialog = SamplingDialog(self._window.look, self._window)
        chat, choices = self._chat, self._chat.choices

        def show() -> None:
            dialog.show_values(chat.session.conversation.sampling, choices.sampling_below())

        dialog.set_preview(chat.counting.preview_tokens)
        dialog.changed.connect(choices.change_sampling)
        dialog.neutralise.connect(choices.neutralise)
        dialog.cleared.connect(choices.clear_sampling)
        for signal in (dialog.changed, dialog.neutralise, dialog.cleared):
            signal.connect(show)
        show()
        dialog.exec()
        dialog.deleteLater()

    @Slot(str)
    def delete_preset(self, name: str) -> None:
        """Forget an own preset, after asking."""
        question = self.tr("Delete the preset “{name}”? This cannot be undone.")
        if self.confirmed(question.format(name=name)):
            self._settings.delete_preset(name)

    @Slot()
    def show_safety(self) -> None:
        """Go to the safety filter's settings."""
        self._window.show_settings_tab("safety")

    @Slot()
    def edit_system_prompt(self) -> None:
        """Edit the shown conversation's system prompt."""
        prompt = self._chat.session.conversation.system_prompt
        dialog = SystemPromptDialog(self._window.look, prompt, self._window)
        back_there = self._way_back()
        if dialog.exec() and back_there():
            self._chat.choices.set_system_prompt(dialog.text())

    @Slot(str)
    def on_setting_changed(self, key: str) -> None:
        """Let a changed setting take effect everywhere."""
        self.apply_settings()
        if key == "general.system_prompt":
            self._chat.choices.take_defaults()
        elif key.partition(".")[0] in ("preset", "sampling"):
            self._chat.counting.schedule()  # its system prompt, or whether to think
        self.refresh()

    def apply_settings(self) -> None:
        """Give the window's parts the settings that they follow."""
        values = self._settings.values
        self._window.set_send_key(values.general.send_key)
        self._window.view.set_show_statistics(values.appearance.show_statistics)
        self._window.composer.show_filter(values.safety)
        self.settings_applied.emit()
        self._window.sidebar.show_online(values.privacy.online)
        if not values.privacy.online:
            self._services.supply.fetches.cancel_all()  # as pausing does: what has arrived stays

    def confirmed(self, question: str, answer: str = "") -> bool:
        """Ask; `answer` is the button that agrees, Delete where it is not given."""
        box = QMessageBox(self._window)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(question)
        box.setWindowTitle("Desktop LLM")
        yes = box.addButton(answer or self.tr("Delete"), QMessageBox.ButtonRole.AcceptRole)
        no = box.addButton(self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        if not answer:  # an Enter too many must not erase anything
            box.setDefaultButton(no)
        box.exec()
        return box.clickedButton() is yes


def _same(text: str, before: str) -> str:
    return text
