"""The guard model that a policy names: loaded when it is needed, let go when it is not, never an exception."""

import threading
import weakref
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from desktop_llm.core.errors import Cancelled, ModelError
from desktop_llm.core.events import UNCHECKED, Delta, End, EndReason, Mark
from desktop_llm.core.guards import Exchange, Finding, GuardFacts, GuardKind, GuardPrompt
from desktop_llm.core.messages import Role
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.core.policy import GuardSettings, Level, Policy
from desktop_llm.core.requests import GenerateRequest, Turn
from desktop_llm.core.sayings import in_english
from desktop_llm.safety.guarding import guarded
from desktop_llm.safety.guards.keeper import Keeper, guard_choices

HAP = '{"architectures": ["RobertaForSequenceClassification"], "num_labels": 2}'
SMALL, LARGE = "granite-guardian-hap-38m", "granite-guardian-hap-125m"
"""Two guard models of one family: the same adapter reads both."""
HARMLESS, HARMFUL = (5.0, 0.0), (0.0, 5.0)


class Scorer:
    """A classifier in memory that gives whatever scores it is told to, or fails."""

    def __init__(self, name: str, answer: Sequence[float] | Exception, freed: list[str]) -> None:
        self.facts = GuardFacts(name, GuardKind.CLASSIFIER, ("LABEL_0", "LABEL_1"))
        self.answer, self._freed, self._cancel = answer, freed, threading.Event()

    def stops_at(self, cancel: threading.Event) -> None:
        self._cancel = cancel

    def let_go(self) -> None:
        self._freed.append(self.facts.name)

    def classify(self, text: str, max_length: int, stride: int) -> Sequence[Sequence[float]]:
        if self._cancel.is_set():
            raise Cancelled
        if isinstance(self.answer, Exception):
            raise self.answer
        return [self.answer]

    def next_token_probabilities(
        self, prompt: GuardPrompt, words: Sequence[str]
    ) -> Sequence[float]:
        raise ModelError("It writes nothing.")

    def complete(self, prompt: GuardPrompt, max_new_tokens: int) -> str:
        raise ModelError("It writes nothing.")


class Shelf:
    """A library of folders, each of which loads as a model of its own.

    `answers` are what these say, `made` those that were loaded, `freed` the names of those whose
    memory was freed, `beside` how many others were alive whenever one was loaded.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answers: dict[str, Sequence[float] | Exception] = {
            SMALL: HARMFUL, LARGE: HARMLESS, "unknown": HARMFUL,
        }  # fmt: skip
        self.made: list[weakref.ref[Scorer]] = []
        self.freed: list[str] = []
        self.beside: list[int] = []
        for name in self.answers:
            (folder / name).mkdir()
            (folder / name / "config.json").write_text(HAP, encoding="utf-8")

    @property
    def loads(self) -> int:
        return len(self.made)

    @property
    def living(self) -> int:
        return sum(one() is not None for one in self.made)

    def find(self, name: str) -> ModelOnDisk:
        if not (self.folder / name).is_dir():
            raise ModelError(f"There is no model {name}.")
        return ModelOnDisk(name, name, self.folder / name)

    def load(self, model: ModelOnDisk, cancel: threading.Event) -> Scorer:
        if cancel.is_set():
            raise Cancelled
        self.beside.append(self.living)
        scorer = Scorer(model.name, self.answers[model.name], self.freed)
        self.made.append(weakref.ref(scorer))
        return scorer

    def judge(self, keeper: Keeper, policy: Policy) -> Finding:
        guard = keeper.guard(policy, threading.Event())
        assert guard is not None
        return guard(Exchange("Hello"), threading.Event()).finding


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def policy(model: str, level: Level = Level.BALANCED, **guard: object) -> Policy:
    return Policy(level=level, guard=GuardSettings(model, **guard))  # type: ignore[arg-type]


def test_it_is_loaded_once_and_let_go_when_it_is_not_wanted(shelf: Shelf) -> None:
    keeper = Keeper(shelf.find, shelf.load)
    hap = policy(SMALL)
    assert keeper.guard(policy(""), threading.Event()) is None
    assert shelf.loads == 0
    assert keeper.must_load(hap)
    assert shelf.judge(keeper, hap) is Finding.UNSAFE
    assert not keeper.must_load(hap)
    assert keeper.must_load(policy("unknown"))
    assert not keeper.must_load(policy(""))
    assert shelf.judge(keeper, hap) is Finding.UNSAFE
    assert shelf.loads == 1
    state = keeper.state(hap)
    assert (state.family, state.judged) == ("Granite Guardian HAP", 2)
    assert shelf.judge(keeper, policy(SMALL, threshold=1.0)) is Finding.SAFE
    assert (shelf.loads, shelf.living) == (1, 1)
    assert keeper.guard(policy(SMALL, Level.OFF), threading.Event()) is None
    assert shelf.living == 0
    assert shelf.judge(keeper, hap) is Finding.UNSAFE
    assert (shelf.loads, shelf.living) == (2, 1)
    assert keeper.guard(policy(""), threading.Event()) is None
    assert shelf.living == 0
    assert shelf.freed == [SMALL, SMALL]
    assert keeper.must_load(hap)


def test_what_the_policy_does_not_name_leaves_its_memory_before_anything_is_asked_of_it(
    shelf: Shelf,
) -> None:
    keeper = Keeper(shelf.find, shelf.load)
    keeper.keep_only(policy(SMALL))
    keeper.let_go()
    assert shelf.loads == 0
    for others in (policy(""), policy(SMALL, Level.OFF), policy(LARGE)):
        assert shelf.judge(keeper, policy(SMALL)) is Finding.UNSAFE
        keeper.keep_only(policy(SMALL, threshold=0.7))
        assert shelf.living == 1
        keeper.keep_only(others)
        assert shelf.living == 0
    assert shelf.judge(keeper, policy(SMALL)) is Finding.UNSAFE
    keeper.let_go()
    assert shelf.living == 0
    assert shelf.freed == [SMALL] * 4
    assert keeper.must_load(policy(SMALL))
    assert keeper.state(policy(SMALL)).judged == 0


def test_another_model_of_the_same_family_judges_once_it_is_chosen(shelf: Shelf) -> None:
    keeper = Keeper(shelf.find, shelf.load)
    assert shelf.judge(keeper, policy(SMALL)) is Finding.UNSAFE
    assert keeper.state(policy(SMALL)).judged == 1
    assert keeper.state(policy(LARGE)).judged == 0
    assert shelf.judge(keeper, policy(LARGE)) is Finding.SAFE
    assert [one() is None for one in shelf.made] == [True, False]
    assert shelf.freed == [SMALL]
    assert shelf.beside == [0, 0]  # the old one's memory goes before the new one's comes
    state = keeper.state(policy(LARGE))
    assert (state.name, state.judged) == (LARGE, 1)


def test_a_model_that_takes_the_place_of_one_that_cannot_be_used_is_alone_in_memory(
    shelf: Shelf,
) -> None:
    keeper = Keeper(shelf.find, shelf.load)
    assert shelf.judge(keeper, policy(SMALL)) is Finding.UNSAFE
    assert shelf.judge(keeper, policy("gone")) is Finding.UNKNOWN
    assert shelf.living == 0
    assert shelf.judge(keeper, policy(SMALL)) is Finding.UNSAFE
    assert (shelf.loads, shelf.living) == (2, 1)


@pytest.mark.parametrize(
    "trouble",
    [
        ModelError("Too long."), RuntimeError("no memory"), MemoryError(),
        IndexError("index out of range in self"), ValueError("no such length"),
    ],
)  # fmt: skip
def test_a_model_that_fails_gives_no_verdict(shelf: Shelf, trouble: Exception) -> None:
    shelf.answers[SMALL] = trouble
    keeper = Keeper(shelf.find, shelf.load)
    assert shelf.judge(keeper, policy(SMALL)) is Finding.UNKNOWN


def test_a_model_that_is_gone_or_not_understood_gives_no_verdict_and_says_why(
    shelf: Shelf,
) -> None:
    keeper = Keeper(shelf.find, shelf.load)
    assert shelf.judge(keeper, policy("gone")) is Finding.UNKNOWN
    assert "There is no model gone" in in_english(keeper.problem)
    assert keeper.state(policy("gone")).problem
    assert shelf.judge(keeper, policy("unknown")) is Finding.UNKNOWN
    assert "does not know what its answers mean" in in_english(keeper.problem)
    meant = policy("unknown", labels=("LABEL_1 = hate",))
    assert shelf.judge(keeper, meant) is Finding.UNSAFE
    assert keeper.problem == ()


@pytest.mark.parametrize("wrong", ["LABEL_1 = hatred", "LABEL_1 = own", "LABEL_1", "= hate"])
def test_a_label_that_means_nothing_known_makes_the_model_one_that_is_not_used(
    shelf: Shelf, wrong: str
) -> None:
    keeper = Keeper(shelf.find, shelf.load)
    stored = policy("unknown", labels=("LABEL_0 = topics", wrong))
    assert shelf.judge(keeper, stored) is Finding.UNKNOWN
    assert "does not know what its answers mean" in in_english(keeper.problem)
    known = policy(SMALL, labels=(wrong,))
    assert shelf.judge(keeper, known) is Finding.UNSAFE


def test_a_reply_under_such_a_stored_policy_ends_as_one_that_was_not_checked(shelf: Shelf) -> None:
    keeper = Keeper(shelf.find, shelf.load)
    stored = policy("unknown", labels=("LABEL_1 = hatred",))
    guard = keeper.guard(stored, threading.Event())
    request = GenerateRequest((Turn(Role.USER, "Hello"),))
    said = iter([Delta("Good day to you."), End(EndReason.STOP)])
    events = list(guarded(stored, guard, said, request, threading.Event()))
    assert events[-1] == End(EndReason.STOP)
    assert UNCHECKED in {event.category for event in events if isinstance(event, Mark)}


def test_a_load_that_is_stopped_is_no_verdict(shelf: Shelf) -> None:
    keeper = Keeper(shelf.find, shelf.load)
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(Cancelled):
        keeper.guard(policy(SMALL, Level.STRICT), stopped)
    assert keeper.must_load(policy(SMALL, Level.STRICT))
    assert shelf.judge(keeper, policy(SMALL, Level.STRICT)) is Finding.UNSAFE


def test_a_verdict_that_is_stopped_is_none_and_is_not_counted(shelf: Shelf) -> None:
    keeper = Keeper(shelf.find, shelf.load)
    guard, stopped = keeper.guard(policy(SMALL), threading.Event()), threading.Event()
    stopped.set()
    assert guard is not None
    with pytest.raises(Cancelled):
        guard(Exchange("Hello"), stopped)
    assert keeper.state(policy(SMALL)).judged == 0
    assert guard(Exchange("Hello"), threading.Event()).finding is Finding.UNSAFE
    assert keeper.state(policy(SMALL)).judged == 1


def test_a_model_whose_folder_is_a_number_is_known_by_its_name(tmp_path: Path) -> None:
    """Hugging Face's cache: models--OWNER--NAME/snapshots/REVISION."""
    shelf = Shelf(tmp_path)
    models = []
    for name, head in (
        ("Llama-Guard-3-8B", "LlamaForCausalLM"), (SMALL, "RobertaForSequenceClassification"),
    ):  # fmt: skip
        folder = tmp_path / name / "snapshots" / "7327bd9f6efbbe6101dc6cc4736302b3cbb6e425"
        folder.mkdir(parents=True)
        config = f'{{"architectures": ["{head}"], "num_labels": 2}}'
        (folder / "config.json").write_text(config, encoding="utf-8")
        models.append(ModelOnDisk(f"huggingface/some/{name}", name, folder))
    assert [choice.family for choice in guard_choices(models)] == [
        "Llama Guard 3", "Granite Guardian HAP"]  # fmt: skip
    keeper = Keeper(lambda name: models[1], shelf.load)
    assert shelf.judge(keeper, policy(models[1].id)) is Finding.UNSAFE
    assert keeper.problem == ()


def test_a_variant_is_known_by_its_folder(shelf: Shelf) -> None:
    variant = replace(shelf.find(SMALL), id="mine", name="My judge", variant_of=SMALL)
    (choice,) = guard_choices([variant])
    assert choice.family == "Granite Guardian HAP"


def test_models_that_could_judge_are_offered(shelf: Shelf) -> None:
    (shelf.folder / "chat").mkdir()
    chat = '{"architectures": ["LlamaForCausalLM"]}'
    (shelf.folder / "chat" / "config.json").write_text(chat, encoding="utf-8")
    names = (SMALL, "unknown", "chat")
    offered = guard_choices([shelf.find(name) for name in names])
    assert [(choice.name, choice.family) for choice in offered] == [
        (SMALL, "Granite Guardian HAP"), ("unknown", "")]  # fmt: skip
