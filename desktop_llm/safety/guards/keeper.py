"""Keeps the guard model that the policy names in memory, and judges with it. Computes nothing itself.

Belongs to the thread that generates: the model is loaded when its first verdict is asked for. What
goes wrong, from a folder that is gone to a text that is too long, is a verdict of UNKNOWN.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from desktop_llm.core.errors import UserError
from desktop_llm.core.guard_files import read_guard_facts
from desktop_llm.core.guards import (
    Exchange,
    GuardChoice,
    GuardFacts,
    GuardKind,
    GuardModel,
    GuardState,
    LabelMapping,
    Verdict,
)
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.core.policy import JUDGED, GuardSettings, Level, Policy, label_and_category
from desktop_llm.core.ports import Guard
from desktop_llm.core.sayings import Saying
from desktop_llm.safety.guards.adapter import Adapter, unknown
from desktop_llm.safety.guards.choose import adapter_for

log = logging.getLogger(__name__)

Find = Callable[[str], ModelOnDisk]
"""Finds a model by its name. A stranger may have written the policy: no path may be followed."""
Load = Callable[[ModelOnDisk, threading.Event], GuardModel]


@dataclass(slots=True)
class Judge:
    """A `core.ports.Guard`: one loaded model and its adapter. Counts what it costs, in seconds."""

    adapter: Adapter
    model: GuardModel
    judged: int = 0
    spent_s: float = 0.0

    def __call__(self, exchange: Exchange, cancel: threading.Event) -> Verdict:
        """The verdict; UNKNOWN where the model fails. Raises Cancelled once `cancel` is set."""
        started = time.monotonic()
        verdict = self._verdict(exchange, cancel)
        self.judged += 1
        self.spent_s += time.monotonic() - started
        return verdict

    def _verdict(self, exchange: Exchange, cancel: threading.Event) -> Verdict:
        self.model.stops_at(cancel)
        try:
            return self.adapter.judge(self.model, exchange)
        except UserError as error:
            return unknown(*error.sayings)
        # torch tells a lack of memory as a RuntimeError, and a number that a table does not hold as an
        # IndexError; transformers refuses what a model cannot read with a ValueError.
        except (RuntimeError, MemoryError, IndexError, ValueError):
            log.exception("The guard model failed")
            return unknown(Saying("The guard model failed. The log has the details."))


class Keeper:
    """At most one guard model in memory: that of the policy it was last asked for."""

    def __init__(self, find: Find, load: Load) -> None:
        self._find, self._load = find, load
        self._loaded: tuple[str, GuardModel] | None = None
        self._wanted = ""  # the name by which the loaded one was asked for
        self.problem: tuple[Saying, ...] = ()
        """Why the chosen model could not be used the last time, () where it could."""
        self.judge: Judge | None = None

    def must_load(self, policy: Policy) -> bool:
        """Whether the policy's guard model is not in memory yet."""
        if not _names_one(policy):
            return False
        return self._loaded is None or self._wanted != policy.guard.model

    def guard(self, policy: Policy, cancel: threading.Event) -> Guard | None:
        """The guard of a policy, loading it if need be; None where it names none, or is off.

        Raises Cancelled where `cancel` is set while it loads: that is no verdict, not even UNKNOWN.
        """
        if not _names_one(policy):
            self.let_go()
            self.problem = ()
            return None
        try:
            self.judge = self._made(policy, cancel)
        except UserError as error:
            log.warning("The guard model cannot be used: %s", error)
            self.let_go()
            self.problem = error.sayings
            return _Failed(error.sayings)
        self.problem = ()
        return self.judge

    def keep_only(self, policy: Policy) -> None:
        """Free the model in memory unless the policy names it: what is loaded next may need the room."""
        if not _names_one(policy) or self.must_load(policy):
            self.let_go()

    def let_go(self) -> None:
        """Free the model in memory, if there is one. `guard` loads it again."""
        loaded, self._loaded, self.judge = self._loaded, None, None
        if loaded is not None:
            loaded[1].let_go()

    def state(self, policy: Policy) -> GuardState:
        """What is known of the policy's guard model without loading it; from any thread."""
        if not policy.guard.model:
            return GuardState()
        try:
            chosen = self._find(policy.guard.model)
        except UserError as error:
            return GuardState(policy.guard.model, problem=error.sayings)
        choice = next(iter(guard_choices((chosen,))), None)
        family = choice.family if choice is not None else ""
        judge = self.judge if self._wanted == policy.guard.model else None
        if judge is None or not judge.judged:
            return GuardState(chosen.name, family or chosen.architecture, problem=self.problem)
        mean = 1000 * judge.spent_s / judge.judged
        return GuardState(chosen.name, judge.adapter.name, judge.judged, mean, self.problem)

    def _made(self, policy: Policy, cancel: threading.Event) -> Judge:
        chosen = self._find(policy.guard.model)
        adapter = _adapter(chosen, read_guard_facts(chosen.path), policy)
        if adapter is None:
            raise UserError(
                "{chosen} is not used as a guard model.",
                "The app does not know what its answers mean.",
                "Say what its labels mean in the settings, or choose another guard model.",
                chosen=chosen.name,
            )
        if self._loaded is None or self._loaded[0] != chosen.id:
            self.let_go()
            self._loaded = (chosen.id, self._load(chosen, cancel))
        self._wanted = policy.guard.model
        model, judge = self._loaded[1], self.judge
        # Two models of one family have equal adapters: only the model tells which of them judges.
        if judge is not None and judge.model is model and judge.adapter == adapter:
            return judge
        return Judge(adapter, model)


def _names_one(policy: Policy) -> bool:
    """Whether a guard model judges under the policy."""
    return policy.level is not Level.OFF and bool(policy.guard.model)


@dataclass(frozen=True, slots=True)
class _Failed:
    why: tuple[Saying, ...]

    def __call__(self, exchange: Exchange, cancel: threading.Event) -> Verdict:
        return unknown(*self.why)


def guard_choices(models: Iterable[ModelOnDisk]) -> tuple[GuardChoice, ...]:
    """Those models that could judge: families this app knows, and classifiers of any other kind."""
    found = []
    for model in models:
        facts = read_guard_facts(model.path)
        adapter = _adapter(model, facts)
        if facts is not None and (adapter is not None or facts.kind is GuardKind.CLASSIFIER):
            family = adapter.name if adapter is not None else ""
            found.append(GuardChoice(model.id, model.name, family, facts.labels))
    return tuple(found)


def _adapter(
    model: ModelOnDisk, facts: GuardFacts | None, policy: Policy | None = None
) -> Adapter | None:
    """The model's adapter, by its name, else by its folder's; as the policy wants it to judge.

    In Hugging Face's cache folders are named by numbers; a variant's name is the person's.
    """
    if facts is None:
        return None
    policy = policy or Policy()
    for name in (model.name, facts.name):
        adapter = adapter_for(
            replace(facts, name=name), mapping_of(policy.guard),
            strict=policy.level is Level.STRICT, threshold=policy.guard.threshold,
        )  # fmt: skip
        if adapter is not None:
            return adapter
    return None


def mapping_of(settings: GuardSettings) -> LabelMapping:
    """What a person said the labels of the guard model mean, from lines such as "LABEL_1 = hate".

    Where one line has no meaning, none has: the harm that it was to name would pass for safe.
    """
    pairs = tuple(label_and_category(line) for line in settings.labels)
    if not all(label and category in JUDGED for label, category in pairs):
        pairs = ()
    return LabelMapping(pairs, settings.several)
