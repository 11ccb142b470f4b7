"""One open conversation: what a person does with it, and what is then asked of the model.

Commits the person's turn before anything is generated. Knows no thread, no widget and no model:
it returns a `Job`, and whoever runs it feeds `recording.record`.
"""

import dataclasses
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from desktop_llm.core import presets
from desktop_llm.core.errors import UsageError
from desktop_llm.core.events import CUT_OFF
from desktop_llm.core.messages import Conversation, Message, MessageState, MessageTree, Role
from desktop_llm.core.model_defaults import ModelDefaults
from desktop_llm.core.models import LoadedModelInfo
from desktop_llm.core.ports import Clock, ConversationStore
from desktop_llm.core.requests import GenerateRequest, Turn
from desktop_llm.core.sampling import NOTHING_SET, Preset, SamplingSettings
from desktop_llm.core.settings import Settings
from desktop_llm.core.thinking import without_thinking
from desktop_llm.core.titles import title_from


@dataclass(frozen=True, slots=True)
class Job:
    """A reply to make: the request for the engine, and the stored message that it fills.

    The request's sampling is what the conversation says. `usual` is what the app's settings say: what
    was set for the model alone goes between the two, see `answered_by`.
    """

    request: GenerateRequest
    reply: Message
    usual: SamplingSettings = NOTHING_SET


@dataclass(frozen=True, slots=True)
class Situation:
    """What replies depend on besides the conversation, read anew for every job.

    `own` is what the person set for the model alone that will answer.
    """

    settings: Settings
    own_presets: tuple[Preset, ...] = ()
    own: ModelDefaults = field(default_factory=ModelDefaults)

    @property
    def first_system_prompt(self) -> str:
        """What a new conversation begins with: the model's where the person set one, else the app's."""
        return self.own.system_prompt or self.settings.general.system_prompt


def answered_by(job: Job, model: LoadedModelInfo, own: ModelDefaults) -> Job:
    """The job as the model in memory does it, with what the person set for that model alone.

    Known only when its turn comes: where it was asked for, another model may have been there, or
    none. A reply that goes on stays the model's that began it.
    """
    sampling = job.request.sampling.over(own.sampling).over(job.usual)
    request = dataclasses.replace(job.request, sampling=sampling)
    if request.prefix and job.reply.model_id:
        return dataclasses.replace(job, request=request)
    reply = dataclasses.replace(
        job.reply, model_id=model.model.id, model_hash=model.hash, sampling=sampling
    )
    return dataclasses.replace(job, request=request, reply=reply)


def new_id() -> str:
    """A fresh id for a conversation or message."""
    return uuid.uuid4().hex


class Session:
    """The conversation that is shown. A new one is stored when its first message is sent.

    One that was set up and not begun waits while another is shown.
    """

    def __init__(
        self, store: ConversationStore, clock: Clock, situation: Callable[[], Situation]
    ) -> None:
        self._store, self._clock, self._situation = store, clock, situation
        self._stored = self._fresh = False
        self._given_prompt = ""
        self._waiting: tuple[Conversation, str] | None = None  # with the prompt it was given
        self.conversation = self._blank()
        self.tree = MessageTree()

    # What is shown

    @property
    def is_new(self) -> bool:
        """True until the first message is committed."""
        return not self._stored

    @property
    def path(self) -> tuple[Message, ...]:
        """The shown messages, oldest first."""
        return self.tree.path(self.conversation.leaf_id)

    def open(self, conversation_id: str) -> None:
        """Show a stored conversation. Raises NotFoundError."""
        conversation = self._store.conversation(conversation_id)
        tree = MessageTree(self._store.messages(conversation_id))
        self._let_wait()
        self.conversation, self.tree, self._stored = conversation, tree, True

    def start_new(self, *, fresh: bool = False) -> None:
        """Show an empty conversation, which is stored only when something is said in it.

        The one that waits, as it was set up, unless a `fresh` one is asked for.
        """
        self._let_wait()
        self.tree, self._stored, self._fresh = MessageTree(), False, fresh
        if self._waiting is None or fresh:
            self.conversation = self._blank()
        else:
            self.conversation, self._given_prompt = self._waiting
            self.take_system_prompt()

    def take_over(self, before: "Session") -> None:
        """Show what another window's session has not begun, if anything. It must be at rest."""
        before._let_wait()
        if before._waiting is not None:
            self.conversation, self._given_prompt = before._waiting

    def _let_wait(self) -> None:
        if self.is_new and not self._fresh:
            self._waiting = self.conversation, self._given_prompt
        self._fresh = False

    def take_system_prompt(self) -> None:
        """Give a conversation that has not begun the system prompt of now, unless it got another one."""
        if self.is_new and self.conversation.system_prompt == self._given_prompt:
            self._given_prompt = self._situation().first_system_prompt
            self.change(system_prompt=self._given_prompt)

    def reload_conversation(self) -> None:
        """Read title, pin and the like again after they were changed elsewhere, in the list."""
        if self._stored:
            self.conversation = self._store.conversation(self.conversation.id)

    def change(self, **fields: object) -> None:
        """Change the conversation's title, pin, system prompt, preset or sampling, and keep it."""
        changed = dataclasses.replace(self.conversation, **fields)  # type: ignore[arg-type]
        if self._stored:
            self._store.update_conversation(changed)
        self.conversation = changed

    # What is said

    def submit(self, text: str) -> Job:
        """Commit the person's message under the shown leaf, and ask for a reply to it."""
        return self._reply_to(self._say(text, self.conversation.leaf_id))

    def edit(self, message_id: str, text: str) -> Job | None:
        """Make a sibling version with other text. A person's message asks for a new reply.

        Raises UsageError for a reply that says nothing: its question was refused by the safety filter,
        or stopped before a verdict, and would pass for one that was answered.
        """
        old = self.tree.get(message_id)
        if old.role is Role.USER:
            return self._reply_to(self._say(text, old.parent_id))
        if not old.text:
            raise UsageError(
                "This reply cannot be edited.",
                "The safety filter refused the question, and nothing was written."
                if old.refused
                else "Nothing was written.",
                "Edit the question, or make the reply again.",
            )
        version = dataclasses.replace(
            old,
            id=new_id(),
            text=text,
            created=self._clock.now(),
            # These words were neither measured nor did they fail; but they may be gone on with.
            state=old.state if old.state is MessageState.INTERRUPTED else MessageState.COMPLETE,
            end_reason=old.end_reason if old.end_reason in CUT_OFF else None,
            usage=None,
            error="",
        )
        self._add(version)
        return None

    def regenerate(self, reply_id: str) -> Job:
        """Ask for another version of a reply. The old one stays a sibling."""
        reply = self.tree.get(reply_id)
        if reply.role is not Role.ASSISTANT or reply.parent_id is None:
            raise UsageError("Only a reply can be made again.")
        return self._reply_to(self.tree.get(reply.parent_id))

    def answer_last(self) -> Job:
        """Ask for a reply to the shown leaf, a person's message that has none."""
        return self._reply_to(self.path[-1])

    def continue_reply(self, reply_id: str) -> Job:
        """Ask for more of a reply that was cut off; its text grows."""
        reply = dataclasses.replace(self.tree.get(reply_id), state=MessageState.STREAMING)
        self._store.update_message(reply)
        self.tree.put(reply)
        before = self.tree.path(reply.parent_id)
        return self._job(before, reply, prefix=reply.text)

    def flip(self, message_id: str, step: int) -> bool:
        """Show the next (step 1) or previous (-1) version of a message. False at the ends."""
        versions = self.tree.versions(message_id)
        place = versions.index(message_id) + step
        if not 0 <= place < len(versions):
            return False
        self.change(leaf_id=self.tree.leaf_under(versions[place]))
        return True

    def delete_message(self, message_id: str) -> None:
        """Erase a message and all below it; another version or its parent is shown then.

        A title that was made of it goes with it.
        """
        message = self.tree.get(message_id)
        others = [i for i in self.tree.versions(message_id) if i != message_id]
        leaf = self.tree.leaf_under(others[-1]) if others else message.parent_id
        title = self.conversation.title
        if message.parent_id is None and title == title_from(message.text):
            title = title_from(self.tree.get(others[-1]).text) if others else ""
        changed = dataclasses.replace(self.conversation, leaf_id=leaf, title=title)
        self._store.delete_message(message_id, leaf, title)
        self.tree.remove(message_id)
        self.conversation = changed

    # Inside

    def _blank(self) -> Conversation:
        now = self._clock.now()
        prompt = self._given_prompt = self._situation().first_system_prompt
        return Conversation(new_id(), "", now, now, system_prompt=prompt)

    def _say(self, text: str, parent_id: str | None) -> Message:
        if not text.strip():
            raise UsageError("The message is empty.", todo="Write something first.")
        if not self._stored:
            self.conversation = dataclasses.replace(self.conversation, title=title_from(text))
            self._store.add_conversation(self.conversation)
            self._stored = True
            if not self._fresh:
                self._waiting = None
        elif parent_id is None and not self.conversation.title:
            self.change(title=title_from(text))  # the message that named it was deleted
        now = self._clock.now()
        message = Message(new_id(), self.conversation.id, parent_id, Role.USER, text, now)
        self._add(message)
        return message

    def _add(self, message: Message) -> None:
        self._store.add_message(message)
        self.tree.put(message)
        self.conversation = dataclasses.replace(
            self.conversation, leaf_id=message.id, updated=message.created
        )

    def _reply_to(self, parent: Message) -> Job:
        path = self.tree.path(parent.id)
        reply = Message(
            id=new_id(),
            conversation_id=self.conversation.id,
            parent_id=parent.id,
            role=Role.ASSISTANT,
            text="",
            created=self._clock.now(),
            state=MessageState.STREAMING,
            sampling=self._sampling(),
        )
        job = self._job(path, reply)
        self._add(reply)
        return job

    def _job(self, path: tuple[Message, ...], reply: Message, prefix: str = "") -> Job:
        situation, conversation = self._situation(), self.conversation
        request = GenerateRequest(
            turns=_turns(path),
            system_prompt=self._system_prompt(),
            sampling=presets.chosen_sampling(conversation, situation.own_presets),
            prefix=prefix,
            conversation_id=conversation.id,
            reply_id=reply.id,
        )
        usual = presets.usual_sampling(conversation, situation.settings, situation.own_presets)
        return Job(request, reply, usual)

    def draft_request(self, draft: str) -> GenerateRequest:
        """The request that sending `draft` now would make; for counting its tokens."""
        turns = [*_turns(self.path)]
        if draft.strip():
            turns.append(Turn(Role.USER, draft))
        return GenerateRequest(tuple(turns), self._system_prompt(), self._sampling())

    def _system_prompt(self) -> str:
        situation = self._situation()
        return presets.effective_system_prompt(
            self.conversation, situation.settings, situation.own_presets
        )

    def _sampling(self) -> SamplingSettings:
        situation = self._situation()
        return presets.effective_sampling(
            self.conversation, situation.settings, situation.own_presets, situation.own.sampling
        )


def _turns(path: Sequence[Message]) -> tuple[Turn, ...]:
    """What the model reads. A question that was refused was not given to it, and never will be; of a
    reply that says nothing (stopped too early, or only thought) some templates refuse to know."""
    refused = {message.parent_id for message in path if message.refused}
    turns = (_turn(message) for message in path if message.id not in refused)
    return tuple(turn for turn in turns if turn.role is Role.USER or turn.text.strip())


def _turn(message: Message) -> Turn:
    text = message.text if message.role is Role.USER else without_thinking(message.text)
    return Turn(message.role, text, message.id)
