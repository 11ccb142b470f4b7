"""What happens between the person and the model in the shown conversation. Paints nothing.

Intentions come in from the view and the composer, jobs go to the worker, its events go to the
view. The text that counts is in the store; no widget is ever read back.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication

from desktop_llm.core.errors import NotFoundError, Remedy, UserError
from desktop_llm.core.events import End, Event, Mark
from desktop_llm.core.messages import Message, Role
from desktop_llm.core.session import Job, Session
from desktop_llm.ui.chat_choices import ChatChoices, situation
from desktop_llm.ui.chat_counting import ChatCounting
from desktop_llm.ui.composer import Composer
from desktop_llm.ui.conversation.document import ShownMessage
from desktop_llm.ui.conversation.statistics import can_continue, cut_in_hidden
from desktop_llm.ui.conversation.view import ConversationView
from desktop_llm.ui.drafts import Drafts
from desktop_llm.ui.ending import ended
from desktop_llm.ui.running import Running, write_into
from desktop_llm.ui.services import Services


class ChatPresenter(QObject):
    """Signals: `changed()` when the conversation's title, place or leaf changed; `failed(UserError)`;

    `said(str)` for a short notice; `model_needed()` where a reply is asked for and none is loaded;
    `running(bool)` when replies of the shown conversation start and end.
    """

    changed = Signal()
    failed = Signal(object)
    said = Signal(str)
    running = Signal(bool)
    model_needed = Signal()

    def __init__(
        self, services: Services, view: ConversationView, composer: Composer, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._services, self._view, self._composer = services, view, composer
        self.session = Session(services.store, services.clock, lambda: situation(services))
        self.choices = ChatChoices(services, self.session, composer, self)
        self.choices.changed.connect(self.changed)
        self.choices.failed.connect(self.tell)
        self.counting = ChatCounting(services, self.session, composer, self)
        self.choices.to_count.connect(self.counting.schedule)
        self.drafts = Drafts(services.store, self.session, composer, self)
        self.drafts.failed.connect(self.tell)
        self._jobs: dict[str, Running] = {}  # by reply id; those that wait their turn as well
        self._marks: Mapping[str, tuple[Mark, ...]] = {}  # of the shown conversation's replies
        # Asks about personal data in a text that goes out; None: it does not.
        self.give_away: Callable[[str], str | None] = lambda text: text

    # Which conversation

    @Slot()
    def start_new(self) -> None:
        """Show the conversation that is not begun yet, ready to type in."""
        self.drafts.keep()
        self.session.start_new()
        self._show()
        self.drafts.show()
        self._composer.focus()

    @Slot(str)
    def open(self, conversation_id: str) -> None:
        """Show a stored conversation, with the reply that is being written to it, if any."""
        if conversation_id == self.session.conversation.id:
            return
        self.drafts.keep()
        if self._try(lambda: self.session.open(conversation_id)):
            self._show()
            self.drafts.show()

    def reload(self) -> None:
        """Show the shown conversation as the store has it now."""
        shown = self.session.conversation.id
        if not self.session.is_new and self._try(lambda: self.session.open(shown)):
            self._show(keep_place=True)

    def reload_conversation(self) -> None:
        """Know the shown conversation's title, pin and the like as the store has them now."""
        self._try(self.session.reload_conversation)

    @Slot(str, str)
    def open_at(self, conversation_id: str, message_id: str) -> None:
        """Show a stored conversation at one of its messages, flipping to its version."""
        self.open(conversation_id)
        if message_id not in self.session.tree:
            return
        if message_id not in {message.id for message in self.session.path}:
            leaf = self.session.tree.leaf_under(message_id)
            if not self._try(lambda: self.session.change(leaf_id=leaf)):
                return
            self._show()
        self._view.scroll_to_message(message_id)

    def go_on_from(self, before: "ChatPresenter") -> None:
        """Show what another window's presenter shows, drafts and edits too. It must be at rest."""
        self.drafts.take_over(before.drafts)
        self.session.take_over(before.session)
        self.drafts.show()
        if (engine := self._services.inference.engine) is not None:
            self.counting.on_engine_ready(engine)
        edited = self._view.take_edits(before._view)
        if before.session.is_new:
            self.start_new()
        else:
            self.open(before.session.conversation.id)
        self._view.start_edit(edited)

    @property
    def busy_conversations(self) -> frozenset[str]:
        """The conversations that a reply is being made for."""
        return frozenset(job.conversation_id for job in self._jobs.values())

    # What the person does

    @Slot(str)
    def submit(self, text: str) -> None:
        """Send a message. It is in the store before anything is generated."""
        name = self.drafts.name
        if self._still_writing(self.session.path):
            return
        if self._start(lambda: self.session.submit(text)):
            self._composer.clear()
            self.drafts.put(name, "")
        else:
            self._take_draft_along(name)

    @Slot(str)
    def ask(self, question: str) -> None:
        """Send a question that was not written in the composer; its draft stays."""
        name = self.drafts.name
        if not self._still_writing(self.session.path):
            self._start(lambda: self.session.submit(question))
            self._take_draft_along(name)

    def _take_draft_along(self, name: str) -> None:
        """Where a conversation was begun, even if nothing more could be kept, the draft is its own."""
        if self.drafts.name != name:
            self.drafts.keep()
            self.drafts.put(name, "")

    def ask_anew(self, question: str) -> None:
        """Ask it in a conversation of its own. Where that fails it is in the composer, not lost."""
        self.drafts.keep()
        self.session.start_new(fresh=True)
        self._composer.clear()
        self._show()
        if self._start(lambda: self.session.submit(question)):
            return
        if self.session.is_new:
            self.session.start_new()
            self._show()
            self.drafts.show()
        self._composer.add_text(question)

    @Slot()
    def stop(self) -> None:
        """Stop the shown conversation's reply; what was written stays."""
        self.stop_in(self.session.conversation.id)

    def stop_in(self, conversation_id: str) -> None:
        """Stop a conversation's reply."""
        for reply_id, job in list(self._jobs.items()):  # one that waits ends, and goes, at once
            if job.conversation_id == conversation_id:
                self._services.inference.cancel(reply_id)

    def stop_all(self) -> None:
        """Stop every reply."""
        for reply_id in list(self._jobs):
            self._services.inference.cancel(reply_id)

    @Slot(str)
    def regenerate(self, reply_id: str) -> None:
        """Make another version of a reply."""
        if not self._still_writing(self._above(reply_id)):
            self._start(lambda: self.session.regenerate(reply_id))

    @Slot()
    def regenerate_last(self) -> None:
        """Make another version of the last reply, or the first one where there is none."""
        path = self.session.path
        if not path or self._still_writing(path):
            return
        if path[-1].role is Role.USER:
            self._start(self.session.answer_last)
        else:
            self.regenerate(path[-1].id)

    @Slot(str)
    def continue_reply(self, reply_id: str) -> None:
        """Let the model go on with a reply that was cut off, while no other one is written."""
        if self._still_writing(self.session.path):
            return
        if can_continue(reply := self.session.tree.get(reply_id)):
            self._start(lambda: self.session.continue_reply(reply_id))
        elif cut_in_hidden(reply):
            self.said.emit(
                self.tr("What comes next may belong to what was hidden. Make the reply again.")
            )
        else:
            self.said.emit(self.tr("This reply is complete; there is nothing to continue."))

    @Slot()
    def continue_last(self) -> None:
        """Let the model go on with the last reply."""
        reply = self._last(Role.ASSISTANT)
        if reply is not None:
            self.continue_reply(reply.id)

    @Slot(str, str)
    def edit(self, message_id: str, text: str) -> None:
        """Make a version of a message with other text; a person's message is answered anew."""
        if self.session.tree.get(message_id).role is Role.USER:
            if self._still_writing(self._above(message_id)):
                return
            self._start(lambda: self.session.edit(message_id, text))
        elif self._try(lambda: self.session.edit(message_id, text)):
            self._show()
            self._stop_left_behind()
            self.changed.emit()

    @Slot(str, int)
    def flip(self, message_id: str, step: int) -> None:
        """Show the next or previous version of a message."""
        if self._still_writing([self.session.tree.get(message_id)]):
            return
        if self._try(lambda: self.session.flip(message_id, step)):
            self._show(keep_place=True)
            self._view.say_version(self.session.tree.get(message_id).parent_id)

    @Slot(int)
    def flip_last(self, step: int) -> None:
        """Show the next or previous version of the last message that has several."""
        for message in reversed(self.session.path):
            if len(self.session.tree.versions(message.id)) > 1:
                self.flip(message.id, step)
                return

    @Slot(str)
    def delete(self, message_id: str) -> None:
        """Erase a message and what follows it."""
        if self._shown_running():
            self.said.emit(self.tr("Stop the reply before deleting messages."))
            return
        if self._try(lambda: self.session.delete_message(message_id)):
            self._show(keep_place=True)
        else:
            self.reload()  # it may be gone all the same, and only a trace of it be left
        self.changed.emit()

    @Slot(str)
    def copy(self, message_id: str) -> None:
        """Put a message's text, as Markdown, on the clipboard: what is stored, and so was judged."""
        message = self._try(lambda: self._services.store.message(message_id))
        if isinstance(message, Message):
            self._copy(message.text)

    @Slot(str)
    def copy_text(self, text: str) -> None:
        """Put a piece of a reply on the clipboard."""
        self._copy(text)

    @Slot()
    def copy_last_reply(self) -> None:
        """Put the last reply on the clipboard."""
        reply = self._last(Role.ASSISTANT)
        if reply is not None:
            self.copy(reply.id)

    @Slot()
    def refuse_copy(self) -> None:
        """Say why a piece of a reply is not put on the clipboard."""
        self.said.emit(
            self.tr("This part is still being checked. Copy it when the reply has ended.")
        )

    @Slot()
    def refuse_link(self) -> None:
        """Say why a link of a reply is not opened."""
        self.said.emit(
            self.tr("This link is still being checked. Open it when the reply has ended.")
        )

    # What the worker tells

    @Slot(str, object)
    def on_happened(self, reply_id: str, event: Event) -> None:
        """Pass an event of a running reply to the view, if its conversation is shown."""
        if isinstance(event, End):
            self._on_end(reply_id, event)
            return
        if reply_id in self._jobs:
            write_into(self._jobs[reply_id], event)
        if reply_id in self.session.tree:
            self._view.feed(reply_id, event)

    def _on_end(self, reply_id: str, end: End) -> None:
        job = self._jobs.pop(reply_id, None) or Running("", "")
        if end.shorter_window:
            self._offer_shorter_window(end.shorter_window)
        tree = self.session.tree
        known = tree.get(reply_id) if reply_id in tree else None
        message = ended(self._services.store, reply_id, job, end, known, self.tell)
        if reply_id in self.session.tree:
            if message is None:
                self._leave_if_deleted()
            else:
                self.session.tree.put(message)
                self._marks = self._stored_marks()
                self._view.finish(self._shown(message))
                self.counting.schedule()
        self.running.emit(self._shown_running())
        self.changed.emit()

    def _offer_shorter_window(self, tokens: int) -> None:
        error = UserError(
            self.tr("The memory ran out while the model was answering."),
            self.tr("What was written is kept."),
            self.tr("Close other programs, or let the model read less at once."),
        )
        error.remedies = (Remedy(tokens),)
        self.failed.emit(error)

    @Slot(object)
    def tell(self, error: UserError) -> None:
        """Tell of an error; where the shown conversation is what was not found, by leaving it."""
        if not (isinstance(error, NotFoundError) and self._leave_if_deleted()):
            self.failed.emit(error)

    def _leave_if_deleted(self) -> bool:
        """Leave a conversation that was erased from a terminal. What was being written goes along."""
        if self.session.is_new:
            return False
        shown = self.session.conversation.id
        known = self._try(self._services.store.conversations)
        if not isinstance(known, tuple) or shown in {one.id for one in known}:
            return False
        self._composer.add_text(self._view.editing.take_text())
        self.session.start_new()
        self._show()
        self.drafts.carry_over()
        self._composer.focus()
        self.failed.emit(UserError(self.tr("This conversation was deleted in a terminal.")))
        self.changed.emit()
        return True

    # Inside

    def _start(self, make: Callable[[], Job | None]) -> bool:
        """Whether what the person said is in the store; a reply to it is on its way then, mostly."""
        inference = self._services.inference
        if inference.coming is None:
            self.model_needed.emit()  # whoever listens begins to load the chosen one
        if inference.coming is None:
            self.said.emit(self.tr("No model is loaded. Choose one in the menu at the top."))
            return False
        self.choices.take_defaults()  # the model that is coming may have a system prompt of its own
        before = self.session.conversation.leaf_id
        job = self._try(make)
        if isinstance(job, Job):
            reply = job.reply
            self._jobs[reply.id] = Running(reply.conversation_id, reply.text, began=reply.text)
            # One further up goes on where the reader is, who may be looking at it.
            self._show(keep_place=reply.id != self.session.conversation.leaf_id)
            inference.generate(job)
            self.running.emit(True)
        elif self.session.conversation.leaf_id in (before, None):  # nothing new, or it is gone
            return False
        else:  # the message could be stored, the reply to it could not
            self._show()
        self._stop_left_behind()
        self.changed.emit()
        return True

    def _try(self, act: Callable[[], object]) -> object:
        """What an act returns (True where that is nothing), or None where it failed and was told."""
        try:
            result = act()
        except UserError as error:
            self.tell(error)
            return None
        return True if result is None else result

    def _stop_left_behind(self) -> None:
        """Stop replies that the shown path has left: whatever is asked next would wait for them."""
        shown = self.session.conversation.id
        path = {message.id for message in self.session.path}
        for reply_id, job in list(self._jobs.items()):
            if job.conversation_id == shown and reply_id not in path:
                self._services.inference.cancel(reply_id)

    def _still_writing(self, messages: Iterable[Message]) -> bool:
        """Whether one of these is not done yet; says so. Those of other versions are not waited for."""
        if not any(message.id in self._jobs for message in messages):
            return False
        self.said.emit(self.tr("The reply is still being written. Stop it first, or wait."))
        return True

    def _above(self, message_id: str) -> tuple[Message, ...]:
        """The messages that another version of this one would follow."""
        return self.session.tree.path(self.session.tree.get(message_id).parent_id)

    def _shown_running(self) -> bool:
        return self.session.conversation.id in self.busy_conversations

    def _show(self, keep_place: bool = False) -> None:
        self._marks = self._stored_marks()
        items = [self._shown(message) for message in self.session.path]
        self._view.show_path(items, keep_place=keep_place)
        self.running.emit(self._shown_running())
        self.counting.schedule()

    def _shown(self, message: Message) -> ShownMessage:
        versions = self.session.tree.versions(message.id)
        marks, checked = self._marks.get(message.id, ()), None
        if running := self._jobs.get(message.id):
            message = dataclasses.replace(message, text=running.text)
            marks, checked = (*marks, *running.marks), running.checked
        version = versions.index(message.id) + 1
        return ShownMessage(message, version, len(versions), message.model_id, marks, checked)

    def _stored_marks(self) -> Mapping[str, tuple[Mark, ...]]:
        if self.session.is_new:
            return {}
        shown = self.session.conversation.id
        marks = self._try(lambda: self._services.store.marks(shown))
        return marks if isinstance(marks, dict) else self._marks

    def _last(self, role: Role) -> Message | None:
        return next((m for m in reversed(self.session.path) if m.role is role), None)

    def _copy(self, text: str) -> None:
        if not text:
            return  # an empty text would take away what is on the clipboard
        allowed = self.give_away(text)
        if allowed is None:
            return
        QGuiApplication.clipboard().setText(allowed)
        self.said.emit(self.tr("Copied"))
