"""`desktop-llm ask`: one question, one streamed answer. Stores nothing; shows no window."""

import argparse
import dataclasses
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from desktop_llm.cli import home, steering, terminal
from desktop_llm.cli.stopping import stopped_by_ctrl_c
from desktop_llm.core import presets, settings_tree
from desktop_llm.core.clock import SystemClock
from desktop_llm.core.errors import Cancelled, UsageError, UserError
from desktop_llm.core.events import UNCHECKED, Delta, End, EndReason, Event, Mark
from desktop_llm.core.guards import GuardModel
from desktop_llm.core.messages import Conversation, Role
from desktop_llm.core.model_defaults import ModelDefaults, load_request
from desktop_llm.core.models import LoadRequest, ModelOnDisk
from desktop_llm.core.ports import Engine
from desktop_llm.core.requests import GenerateRequest, Turn
from desktop_llm.core.sampling import SamplingSettings
from desktop_llm.core.sayings import Saying, in_english, together
from desktop_llm.core.settings import ModelSettings, Settings
from desktop_llm.storage.paths import find_paths
from desktop_llm.storage.settings_file import SettingsFile

if TYPE_CHECKING:
    from desktop_llm.library.models import Library
    from desktop_llm.safety.guards.keeper import Keeper

BLOCKED, FAILED, INTERRUPTED = 4, 1, 130
CODES = {
    EndReason.STOP: 0,
    EndReason.LENGTH: 0,
    EndReason.REPETITION: 0,
    EndReason.CANCELLED: INTERRUPTED,
    EndReason.BLOCKED: BLOCKED,
    EndReason.FAILED: FAILED,
}
CUT = {
    EndReason.LENGTH: "The answer was cut: it reached the longest reply of the settings, or filled the "
    "context window. --max-new-tokens N allows it more.",
    EndReason.REPETITION: "The answer was cut: it wrote the same passage again and again.",
}
"""What is said of an answer that is not whole."""
OPTIONS = ("temperature", "max_new_tokens", "seed")
UNREADABLE = "the guard model gave no verdict that can be read"
NOT_CHECKED = f"Not all of the message and the answer was checked: {UNREADABLE}."

log = logging.getLogger(__name__)


def add_to(commands: Any) -> None:
    """Add this command to the parser."""
    parser = commands.add_parser(
        "ask", help="ask a question and stream the answer", allow_abbrev=False
    )
    parser.add_argument("text", metavar="TEXT", help="the question; - reads standard input")
    parser.add_argument("--model", metavar="M", help="a model's id, name or folder")
    parser.add_argument(
        "--draft", metavar="M",
        help="a smaller model with the same vocabulary that guesses ahead; the answer stays the same",
    )  # fmt: skip
    told = parser.add_mutually_exclusive_group()
    told.add_argument("--system", metavar="S", help="the system prompt")
    told.add_argument(
        "--raw", action="store_true", help="let the model go on from TEXT, with no chat template"
    )
    parser.add_argument("--temperature", metavar="T", help="0 is steadiest, 2 the most varied")
    parser.add_argument("--max-new-tokens", metavar="N", help="the longest answer, in tokens")
    parser.add_argument("--seed", metavar="N", help="the same seed gives the same answer")
    steering.add_options(parser)
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object a line instead of text"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Answer, and return the exit code."""
    text = terminal.read_input() if options.text == "-" else options.text
    if not text.strip():
        raise UsageError(
            "There is nothing to answer.", todo="Give a question, or - and some input."
        )
    paths = home.without_storage()
    kept, noted = home.settings(paths), home.notes(paths)
    library = home.library(paths, kept, noted)
    model = library.find(options.model or kept.values.model.selected)
    own = noted.defaults(model.id)
    request = _request(options, text, kept, own)
    load = _how_to_load(model, own, kept.values.model, library.find, options.draft)
    limited = options.max_new_tokens is not None
    writer: Writer = JsonWriter() if options.json else PlainWriter(limited=limited)
    cancel = threading.Event()
    with stopped_by_ctrl_c(cancel):
        return _answer(library, request, load, kept.values, writer, cancel)


def _how_to_load(
    model: ModelOnDisk,
    own: ModelDefaults,
    settings: ModelSettings,
    find: Callable[[str], ModelOnDisk],
    draft: str | None,
) -> LoadRequest:
    """As was set for it, with the draft model that was given. One that was set and is gone is done without."""
    if draft is not None:
        return load_request(model, dataclasses.replace(own, draft=draft), settings, find)
    try:
        return load_request(model, own, settings, find)
    except UserError as error:
        terminal.complain(f"{model.name} answers without its draft model. {error}")
        return load_request(model, dataclasses.replace(own, draft=""), settings, find)


def _request(
    options: argparse.Namespace, text: str, kept: SettingsFile, own: ModelDefaults
) -> GenerateRequest:
    """As in a new conversation: what was given, then what was set for the model, then the settings."""
    now = SystemClock().now()
    prompt = own.system_prompt or kept.values.general.system_prompt
    blank = Conversation("", "", now, now, system_prompt=prompt, sampling=_given(options))
    system = presets.effective_system_prompt(blank, kept.values, kept.own_presets)
    if options.system is not None:
        system = options.system
    return GenerateRequest(
        turns=(Turn(Role.USER, text),),
        system_prompt="" if options.raw else system,
        sampling=presets.effective_sampling(blank, kept.values, kept.own_presets, own.sampling),
        raw=options.raw,
    )


def _given(options: argparse.Namespace) -> SamplingSettings:
    sampling = SamplingSettings()
    for name in OPTIONS:
        value = getattr(options, name)
        if value is not None:
            sampling = settings_tree.with_value(sampling, name, value)
    return steering.steered(sampling, options)


def _answer(
    library: "Library",
    request: GenerateRequest,
    load: LoadRequest,
    settings: Settings,
    writer: "Writer",
    cancel: threading.Event,
) -> int:
    from desktop_llm.safety.filter import moderated

    keeper = _keeper(library, settings)
    try:
        engine = _loaded(library, load, cancel)
        guard = keeper.guard(settings.safety, cancel)
    except Cancelled:
        return _ended(End(EndReason.CANCELLED), writer)
    except UserError as error:
        _ended(End(EndReason.FAILED, error=error), writer)
        return error.exit_code
    events = moderated(
        engine.generate, request, cancel, settings.safety, guard,
        can_take_back=False,  # what a terminal has shown stays there
    )  # fmt: skip
    return _written(events, writer, keeper.problem)


def _keeper(models: "Library", settings: Settings) -> "Keeper":
    from desktop_llm.safety.guards.keeper import Keeper

    def load(model: ModelOnDisk, cancel: threading.Event) -> GuardModel:
        from desktop_llm.engine.guard import load_guard

        models.check(model, lambda done, total: None, cancel)
        request = LoadRequest(model, settings.model.device, threads=settings.model.threads)
        return load_guard(request, cancel)

    return Keeper(models.listed, load)


def _loaded(library: "Library", request: LoadRequest, cancel: threading.Event) -> Engine:
    for model in filter(None, (request.model, request.draft)):
        library.check(model, lambda done, total: None, cancel)
    # torch and transformers come with it: seconds that no other command should pay.
    from desktop_llm.engine.engine import TransformersEngine

    engine = TransformersEngine(find_paths().cache)
    engine.load(request, lambda done, total: None, cancel)
    return engine


def _written(events: Iterator[Event], writer: "Writer", problem: Sequence[Saying]) -> int:
    """`problem`: why the guard model cannot be used."""
    marks: list[Mark] = []
    for event in events:
        if isinstance(event, Delta):
            writer.piece(event.text)
        elif isinstance(event, Mark):
            marks.append(event)
        elif isinstance(event, End):
            unchecked = any(mark.category == UNCHECKED for mark in marks)
            code = _ended(_with_reason(event, marks, problem), writer, unchecked=unchecked)
            if unchecked and event.reason is not EndReason.BLOCKED:
                terminal.complain(" ".join(filter(None, (NOT_CHECKED, in_english(problem)))))
            for note in dict.fromkeys(mark.note for mark in marks if mark.note):
                terminal.complain(note)
            return code
    raise RuntimeError("a reply ended without an End")


def _with_reason(end: End, marks: list[Mark], problem: Sequence[Saying]) -> End:
    """A blocked reply's end says what it was blocked for."""
    if end.reason is not EndReason.BLOCKED or not marks or end.error:
        return end
    last = marks[-1]
    what = "message" if last.in_prompt else "answer"
    what = "system prompt" if last.in_system_prompt else what
    category = last.category.replace("_", " ")
    found, why = f"{category} (rule {last.rule})", Saying("")
    if last.category == UNCHECKED:
        found, why = UNREADABLE, together(problem)
    error = UserError(f"The {what} was blocked by the safety filter: {found}.", why)
    return dataclasses.replace(end, error=error)


def _ended(end: End, writer: "Writer", *, unchecked: bool = False) -> int:
    writer.end(end, unchecked=unchecked)
    if end.reason is EndReason.BLOCKED:
        terminal.complain(str(end.error or "The answer was blocked by the safety filter."))
    elif end.error:
        terminal.complain(str(end.error))
    if end.reason is EndReason.FAILED and isinstance(end.error, UsageError):
        return end.error.exit_code  # a form, which is only read once the model is there
    return CODES[end.reason]


class Writer(Protocol):
    """Where an answer goes."""

    def piece(self, text: str) -> None:
        """A piece of the answer."""

    def end(self, end: End, *, unchecked: bool) -> None:
        """Its one end; `unchecked` where the guard model gave no verdict on some of it."""


class PlainWriter:
    """The answer's text, and a line break after it. Standard error tells of one that was cut short.

    `limited`: not of one that is as long as the person allowed in so many words.
    """

    def __init__(self, *, limited: bool = False) -> None:
        self._last, self._limited = "\n", limited

    def piece(self, text: str) -> None:
        """Write it at once."""
        terminal.write_as_it_comes(text)
        self._last = text[-1:] or self._last

    def end(self, end: End, *, unchecked: bool) -> None:
        """Leave the cursor at the start of a line. What was not checked is said on standard error."""
        if self._last != "\n":
            terminal.write("\n")
        if end.error is not None or (end.reason is EndReason.LENGTH and self._limited):
            return
        if end.reason in CUT:
            terminal.complain(CUT[end.reason])


class JsonWriter:
    """One JSON object a line: deltas, then one end."""

    def piece(self, text: str) -> None:
        """`{"type": "delta", "text": ...}`"""
        self._line({"type": "delta", "text": text})

    def end(self, end: End, *, unchecked: bool) -> None:
        """`{"type": "end", "reason": ..., ...}`; `error` and `unchecked` only where they say something."""
        usage = end.usage
        line: dict[str, Any] = {
            "type": "end",
            "reason": end.reason.value,
            "prompt_tokens": usage.prompt_tokens,
            "reused_tokens": usage.reused_tokens,
            "new_tokens": usage.new_tokens,
            "ttft_s": round(usage.ttft_s, 4),
            "tokens_per_s": round(usage.tokens_per_s, 2),
        }
        if end.error:
            line["error"] = str(end.error)
        if unchecked:
            line["unchecked"] = True
        self._line(line)

    def _line(self, content: dict[str, Any]) -> None:
        terminal.write_json(content)
