"""Guard models of both kinds in memory: scores, windows, and what is refused."""

import gc
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from guard_models import edit_config, guard_request, make_classifier, make_word_guard, make_writer
from safetensors.torch import load_file, save_file
from test_devices import with_gpu
from torch.nn import Parameter
from transformers.models.auto.modeling_auto import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
)

from desktop_llm.core.errors import Cancelled, ModelError
from desktop_llm.core.guard_files import read_guard_facts
from desktop_llm.core.guards import Chat, Exchange, Finding, GuardKind, GuardModel, Part, Raw
from desktop_llm.core.models import LoadRequest, ModelOnDisk
from desktop_llm.core.ports import Alive
from desktop_llm.core.settings import Device, Precision
from desktop_llm.engine.guard import Classifier, load_guard
from desktop_llm.engine.load import read_tokenizer
from desktop_llm.safety.guards.choose import adapter_for

LABELS = ["toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"]
MEANING = {
    "toxic": "harm", "severe_toxic": "hate", "obscene": "profanity", "threat": "violence",
    "insult": "hate", "identity_hate": "hate",
}  # fmt: skip
"""The app's category of each."""


def loaded(folder: Path, alive: Alive = lambda: None) -> GuardModel:
    """In float32, so that its numbers are those of transformers and not only near them."""
    request = replace(guard_request(folder), precision=Precision.FP32)
    return load_guard(request, threading.Event(), alive)


@pytest.fixture(scope="module")
def toxic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_classifier(tmp_path_factory.mktemp("guards") / "toxic-bert", LABELS)


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    template = (
        "{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}"
        "{{ guardian_config.criteria_id }}>"
    )
    return make_writer(tmp_path_factory.mktemp("guards") / "granite-guardian-3.3-tiny", template)


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_a_classifiers_scores_are_those_of_transformers(tmp_path: Path, kind: str) -> None:
    folder = make_classifier(tmp_path / "hap", LABELS, kind)
    text = "Bread is flour, water and patience."
    (row,) = loaded(folder).classify(text, 512, 256)
    tokenizer = read_tokenizer(folder)
    plain = AutoModelForSequenceClassification.from_pretrained(folder)
    with torch.inference_mode():
        logits = plain(**tokenizer(text, return_tensors="pt")).logits[0]
    assert row == pytest.approx(logits.tolist(), abs=1e-5)


@pytest.mark.parametrize(
    ("positions", "length", "stride"), [(1024, 64, 32), (64, 512, 256), (64, 512, 40)]
)
def test_a_long_text_is_read_in_windows_that_cover_all_of_it(
    tmp_path: Path, positions: int, length: int, stride: int
) -> None:
    guard = loaded(make_word_guard(tmp_path / "words", [" model"], ("fine", "bad"), positions))
    ordinary = "Bread needs time and water. " * 60
    assert all(fine > bad for fine, bad in guard.classify(ordinary, length, stride))
    for place in range(0, 60, 7):
        text = "Bread needs time and water. " * place + "a model " + "Bread needs time. " * 40
        assert any(bad > fine for fine, bad in guard.classify(text, length, stride)), place
    assert not guard.classify("", length, stride)


@pytest.mark.parametrize(("kind", "positions"), [("bert", 40), ("roberta", 38)])
def test_a_window_is_as_long_as_a_small_model_reads_and_no_longer(
    tmp_path: Path, kind: str, positions: int
) -> None:
    shape = {"max_position_embeddings": 40, "pad_token_id": 1}
    guard = loaded(make_classifier(tmp_path / "toxic", LABELS, kind, **shape))
    assert isinstance(guard, Classifier)
    adapter, lengths = adapter_for(guard.facts), list[int]()
    assert adapter is not None
    guard._model.register_forward_pre_hook(
        lambda _, args, given: lengths.append(given["input_ids"].shape[1]), with_kwargs=True
    )
    assert adapter.judge(guard, Exchange("Hello", LONG)).finding is not Finding.UNKNOWN
    assert max(lengths) == positions
    assert len(lengths) > 5


def test_a_model_that_knows_no_position_for_any_text_gives_no_verdict(tmp_path: Path) -> None:
    shape = {"max_position_embeddings": 2, "pad_token_id": 1}
    guard = loaded(make_classifier(tmp_path / "toxic", LABELS, "roberta", **shape))
    adapter = adapter_for(guard.facts)
    assert adapter is not None
    assert adapter.judge(guard, Exchange("Hello")).finding is Finding.UNKNOWN


def test_an_adapter_reads_a_real_models_scores(toxic: Path) -> None:
    facts = read_guard_facts(toxic)
    assert facts is not None
    assert facts.kind is GuardKind.CLASSIFIER
    assert facts.labels == tuple(LABELS)
    adapter = adapter_for(facts)
    assert adapter is not None
    guard, found = loaded(toxic), set()
    tokenizer = read_tokenizer(toxic)
    plain = AutoModelForSequenceClassification.from_pretrained(toxic)
    for text in ("Hello there.", "Bread is flour, water and patience.", "No.", "你好"):
        with torch.inference_mode():
            logits = plain(**tokenizer(text, return_tensors="pt")).logits[0]
        sure = dict(zip(LABELS, torch.sigmoid(logits).tolist(), strict=True))
        over = sorted(
            (label for label in LABELS if sure[label] >= 0.5), key=lambda label: -sure[label]
        )
        verdict = adapter.judge(guard, Exchange(text))
        assert verdict.score == pytest.approx(max(sure.values()), abs=1e-5)
        assert verdict.finding is (Finding.UNSAFE if over else Finding.SAFE)
        assert verdict.categories == tuple(dict.fromkeys(MEANING[label] for label in over))
        found.add(verdict)
    assert len(found) == 4


def test_a_head_that_is_missing_is_refused_and_not_made_up(toxic: Path, tmp_path: Path) -> None:
    folder = make_classifier(tmp_path / "headless", LABELS)
    weights = load_file(folder / "model.safetensors")
    kept = {name: weight for name, weight in weights.items() if not name.startswith("classifier")}
    save_file(kept, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match="classifier"):
        loaded(folder)


def test_the_next_tokens_probabilities_are_those_of_transformers(writer: Path) -> None:
    guard = loaded(writer)
    prompt = Raw((Part("Is that a token? "), Part("Yes, a model reads it.", written=True)))
    probabilities = guard.next_token_probabilities(prompt, ("Yes", "No"))
    tokenizer = read_tokenizer(writer)
    plain = AutoModelForCausalLM.from_pretrained(writer, dtype=torch.float32)
    ids = tokenizer.encode(prompt.text, add_special_tokens=False)
    with torch.inference_mode():
        wanted = torch.softmax(plain(torch.tensor([ids])).logits[0, -1], dim=-1)
    firsts = [tokenizer.encode(word, add_special_tokens=False)[0] for word in ("Yes", "No")]
    # An untrained model's shares of two words are tiny: they are held against each other.
    right = [float(wanted[first]) for first in firsts]
    assert probabilities == pytest.approx(right, rel=1e-3, abs=0)
    again = guard.next_token_probabilities(prompt, ("Yes", "No"))
    assert again == pytest.approx(right, rel=1e-3, abs=0)


@pytest.mark.parametrize("kind", ["toxic", "writer"])
def test_a_guard_that_is_let_go_leaves_no_weights_though_somebody_still_holds_it(
    request: pytest.FixtureRequest, kind: str
) -> None:
    gc.collect()  # and no more: modules stand in cycles, which the app collects at leisure
    before = weights_in_memory()
    guard = loaded(request.getfixturevalue(kind))
    its_own = weights_in_memory() - before
    assert its_own > 100_000
    if kind == "writer":
        guard.complete(Raw((Part("Is that a token?"),)), 2)
    guard.let_go()
    # A table of angles may stay, which no file holds.
    assert weights_in_memory() - before < its_own / 10


def weights_in_memory() -> int:
    """How many numbers all of torch's tensors have."""
    tensors = (thing for thing in gc.get_objects() if type(thing) in (torch.Tensor, Parameter))
    return sum(tensor.numel() for tensor in tensors)


def test_a_classifier_that_has_no_room_on_the_gpu_computes_on_the_processor(
    toxic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = loaded(toxic).classify("Hello there.", 512, 256)
    with_gpu(monkeypatch, "cuda", 100_000)  # and a hundred times as much on the processor
    assert loaded(toxic).classify("Hello there.", 512, 256) == expected
    asked_for = replace(guard_request(toxic), device=Device.CUDA)
    with pytest.raises(ModelError, match="does not fit"):
        load_guard(asked_for, threading.Event())
    with_gpu(monkeypatch, "cuda", 100)
    with pytest.raises(ModelError, match="does not fit"):
        loaded(toxic)


def test_a_model_is_told_of_by_its_name_and_not_by_its_folders(writer: Path) -> None:
    """In Hugging Face's cache a folder is named by a revision."""
    model = ModelOnDisk("huggingface/some/Judge", "Judge", writer)
    guard = load_guard(LoadRequest(model), threading.Event())
    with pytest.raises(ModelError, match=r"^Judge cannot tell"):
        guard.next_token_probabilities(Raw((Part("Is it?"),)), ("same", "same"))


def test_words_that_begin_alike_are_refused(writer: Path) -> None:
    with pytest.raises(ModelError, match="apart"):
        loaded(writer).next_token_probabilities(Raw((Part("Is it?"),)), ("same", "same"))


def test_a_writer_completes_through_its_own_template(writer: Path) -> None:
    facts = read_guard_facts(writer)
    assert facts is not None
    assert "guardian_config" in facts.template
    adapter = adapter_for(facts)
    assert adapter is not None
    assert adapter.name == "Granite Guardian"
    guard = loaded(writer)
    prompt = Chat((("user", Part("Hello", written=True)),), (("guardian_config", {"criteria_id": "harm"}),))  # fmt: skip
    tokenizer = read_tokenizer(writer)
    asked = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Hello"}], guardian_config={"criteria_id": "harm"},
        add_generation_prompt=True, return_tensors="pt", return_dict=True,
    )  # fmt: skip
    plain = AutoModelForCausalLM.from_pretrained(writer, dtype=torch.float32)
    whole = plain.generate(**asked, do_sample=False, max_new_tokens=8)[0]
    said = tokenizer.decode(whole[asked["input_ids"].shape[1] :], skip_special_tokens=True)
    # Halves of characters, as random weights write, go no further.
    said = said.replace("\ufffd", "")
    assert said.strip()
    assert guard.complete(prompt, 8) == said
    assert guard.complete(prompt, 8) == said  # and again, of what it has read already
    # Random weights say nothing that can be read: that is unknown, never safe.
    assert adapter.judge(guard, Exchange("Hello")).finding is Finding.UNKNOWN


@pytest.mark.parametrize(
    "name", ["Llama-Guard-3-1B", "shieldgemma-2b", "Qwen3Guard-Gen-0.6B", "wildguard"]
)
def test_a_guard_that_babbles_is_unknown(writer: Path, tmp_path: Path, name: str) -> None:
    folder = make_writer(tmp_path / name)
    facts = read_guard_facts(folder)
    assert facts is not None
    adapter = adapter_for(facts)
    assert adapter is not None
    verdict = adapter.judge(loaded(folder), Exchange("Hello", "Hi!"))
    assert verdict.finding is Finding.UNKNOWN
    assert verdict.why


def test_control_tokens_in_what_is_judged_steer_nothing(writer: Path) -> None:
    guard = loaded(writer)
    tokenizer = read_tokenizer(writer)
    special = tokenizer.eos_token
    assert special
    hostile = Raw((Part("Judge: "), Part(f"x{special}y", written=True)))
    trusted = Raw((Part("Judge: "), Part(f"x{special}y")))
    one = guard.next_token_probabilities(hostile, ("Yes", "No"))
    other = guard.next_token_probabilities(trusted, ("Yes", "No"))
    # An untrained model's shares of two words are tiny: they are held against each other.
    assert one != pytest.approx(other, rel=0.1, abs=0)


def test_a_model_without_such_a_head_is_no_guard(toxic: Path, tmp_path: Path) -> None:
    folder = make_classifier(tmp_path / "plain", LABELS)
    edit_config(folder, architectures=["BertForMaskedLM"])
    assert read_guard_facts(folder) is None
    with pytest.raises(ModelError, match="guard"):
        loaded(folder)
    assert read_guard_facts(tmp_path / "nowhere") is None
    edit_config(folder, architectures=["BertForSequenceClassification"], id2label={"x": "y"})
    assert read_guard_facts(folder) is None
    edit_config(folder, id2label=None, label2id=None, num_labels=3)
    facts = read_guard_facts(folder)
    assert facts is not None
    assert facts.labels == ("LABEL_0", "LABEL_1", "LABEL_2")


class Steps:
    """Counts the signs of life, and presses Stop at one of them."""

    def __init__(self, stop_at: int = 0) -> None:
        self.count, self.cancel, self._stop_at = 0, threading.Event(), stop_at

    def __call__(self) -> None:
        self.count += 1
        if self.count == self._stop_at:
            self.cancel.set()

    def guard(self, folder: Path) -> GuardModel:
        """The model of a folder that tells these steps, loaded before the first of them."""
        guard = loaded(folder, self)
        self.count, self.cancel = 0, threading.Event()
        guard.stops_at(self.cancel)
        return guard


LONG = "Bread needs time and water. " * 60


def test_a_classifier_stops_between_two_windows(toxic: Path) -> None:
    steps = Steps()
    windows = len(steps.guard(toxic).classify(LONG, 64, 32))
    assert steps.count >= windows > 4
    passes: list[int] = []
    guard = Steps(stop_at=3).guard(toxic)
    assert isinstance(guard, Classifier)
    guard._model.register_forward_hook(lambda *_: passes.append(1))
    with pytest.raises(Cancelled):
        guard.classify(LONG, 64, 32)
    assert len(passes) == 2
    guard.stops_at(threading.Event())
    assert len(guard.classify(LONG, 64, 32)) == windows


def test_a_writer_stops_between_two_tokens_and_two_pieces_of_its_prompt(writer: Path) -> None:
    prompt = Raw((Part(LONG * 3),))
    steps = Steps()
    guard = steps.guard(writer)
    whole = guard.next_token_probabilities(prompt, ("Yes", "No"))
    reading = steps.count
    assert reading > 3
    guard.complete(prompt, 20)
    assert steps.count > reading + 10
    for place in (1, reading - 1, reading + 5):
        stopped = Steps(stop_at=place)
        guard = stopped.guard(writer)
        with pytest.raises(Cancelled):
            guard.complete(prompt, 20)
        assert place <= stopped.count <= place + 1
        guard.stops_at(threading.Event())
        again = guard.next_token_probabilities(prompt, ("Yes", "No"))
        assert again == pytest.approx(whole, rel=1e-3, abs=0)


@pytest.mark.parametrize("kind", ["toxic", "writer"])
def test_a_load_says_that_it_lives_and_stops(request: pytest.FixtureRequest, kind: str) -> None:
    folder, steps = request.getfixturevalue(kind), Steps(stop_at=1)
    with pytest.raises(Cancelled):
        load_guard(guard_request(folder), steps.cancel, steps)
    assert steps.count > 0


def test_asking_the_wrong_kind_is_refused(toxic: Path, writer: Path) -> None:
    with pytest.raises(ModelError, match="another kind"):
        loaded(toxic).complete(Raw((Part("x"),)), 2)
    with pytest.raises(ModelError, match="another kind"):
        loaded(writer).classify("x", 512, 256)
