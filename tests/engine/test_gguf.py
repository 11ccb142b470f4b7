"""GGUF files made of tiny models write what the models themselves write, in every precision."""

from pathlib import Path
from typing import Any

import pytest
import torch
from gguf import TensorNameMap
from gguf_making import write_gguf
from tiny_models import CHATML, asked, loaded_engine, make_model, make_text_end, reply
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from desktop_llm.core.errors import ModelError
from desktop_llm.core.events import EndReason
from desktop_llm.core.memory import blueprint, plan_of
from desktop_llm.core.model_files import read_model_files
from desktop_llm.core.settings import Precision
from desktop_llm.library.inspector.process import problem_with

KINDS = ("llama", "qwen2", "gpt2")
ASKED = asked("What is a token? 你好", max_new_tokens=24)


@pytest.fixture(scope="module", params=KINDS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    kind = request.param
    made = make_model(tmp_path_factory.mktemp(f"gguf-{kind}"), kind, CHATML)
    for ending in ("F32", "F16", "Q8_0"):
        write_gguf(made, made / f"{kind}-{ending}.gguf", ending)
    return made


def file(folder: Path, ending: str) -> Path:
    return next(folder.glob(f"*-{ending}.gguf"))


def test_whole_numbers_round_trip_token_by_token(folder: Path) -> None:
    expected = reply(loaded_engine(folder, precision=Precision.FP32), ASKED)
    for ending in ("F32", "F16"):
        engine = loaded_engine(file(folder, ending), precision=Precision.FP32)
        assert engine.loaded is not None
        assert engine.loaded.has_chat_template
        out = reply(engine, ASKED)
        if ending == "F32":
            assert out.text == expected.text
        assert out.end.usage.prompt_tokens == expected.end.usage.prompt_tokens


def test_weights_differ_from_the_source_no_more_than_their_rounding(folder: Path) -> None:
    from desktop_llm.engine.gguf import open_gguf

    source = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).state_dict()
    for ending, allowed in (("F32", 0.0), ("F16", 1e-3), ("Q8_0", 1e-2)):
        files, _ = open_gguf(file(folder, ending))
        assert len(files.tensors) > 10
        for name in files.tensors:
            weight = files.get_tensor(name)
            off = (weight - source[name]).abs().max() / source[name].abs().max().clamp_min(1e-9)
            assert off <= allowed, (ending, name)


def test_the_table_of_names_is_not_made_anew_for_each_part_of_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop_llm.engine.gguf import open_gguf

    path = write_gguf(make_model(tmp_path / "m", "llama"), tmp_path / "m.gguf")
    made, make = [], TensorNameMap.__init__

    def counted(table: TensorNameMap, *of: Any) -> None:
        made.append(of)
        make(table, *of)

    monkeypatch.setattr(TensorNameMap, "__init__", counted)
    open_gguf(path)
    assert len(made) <= 1


def greedy_by_transformers(model: Any, prompt: list[int]) -> list[int]:
    with torch.inference_mode():
        found = model.generate(
            torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            do_sample=False, max_new_tokens=24, eos_token_id=None, pad_token_id=0,
        )  # fmt: skip
    written: list[int] = found[0, len(prompt) :].tolist()
    return written


def greedy_by_us(path: Path, prompt: list[int]) -> list[int]:
    step = loaded_engine(path, precision=Precision.FP32)._loaded.step  # type: ignore[union-attr]
    cache = step.new_cache()
    scores, found = step(prompt, cache), []
    for _ in range(24):
        found.append(int(scores[-1].argmax()))
        scores = step(found[-1:], cache)
    return found


PROMPT = [(7 * i) % 290 + 3 for i in range(40)]


def test_f16_writes_the_tokens_of_the_model_in_16_bits(folder: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() == 2:
                weight.copy_(weight.half().float())
    assert greedy_by_us(file(folder, "F16"), PROMPT) == greedy_by_transformers(model, PROMPT)


def test_q8_0_writes_the_tokens_of_its_own_numbers_and_nearly_those_of_the_model(
    folder: Path,
) -> None:
    from desktop_llm.engine.gguf import open_gguf

    path = file(folder, "Q8_0")
    files, _ = open_gguf(path)
    rounded = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    exact = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    rounded.load_state_dict({name: files.get_tensor(name) for name in files.tensors}, strict=False)
    rounded.tie_weights()
    assert greedy_by_us(path, PROMPT) == greedy_by_transformers(rounded, PROMPT)
    # Which token is the likeliest at each place of one and the same text.
    text = torch.tensor([[(11 * i) % 290 + 3 for i in range(200)]])
    with torch.inference_mode():
        ours, theirs = (model(text).logits[0].argmax(-1) for model in (rounded, exact))
    assert (ours == theirs).float().mean() > 0.9


@pytest.mark.parametrize("precision", [Precision.BF16, Precision.INT8])
def test_it_is_rounded_anew_into_our_precisions(folder: Path, precision: Precision) -> None:
    def scores(path: Path, precision: Precision) -> torch.Tensor:
        engine = loaded_engine(path, precision=precision)
        assert engine.loaded is not None
        assert engine.loaded.precision == precision.value
        step = engine._loaded.step  # type: ignore[union-attr]
        return step(PROMPT, step.new_cache(), len(PROMPT))

    exact, path = scores(folder, Precision.FP32), file(folder, "Q8_0")
    ours = (scores(path, precision) - exact).norm()
    theirs = (scores(folder, precision) - exact).norm()
    own = (scores(path, Precision.FP32) - exact).norm()
    both = (theirs**2 + own**2) ** 0.5  # what the roundings do one after the other
    assert both < 0.25 * exact.norm()
    assert ours < 1.5 * both
    engine = loaded_engine(path, precision=precision)
    assert reply(engine, ASKED).end.reason is not EndReason.FAILED


def test_memory_is_reckoned_as_for_the_folder(folder: Path) -> None:
    files = read_model_files(folder)
    ours, theirs = plan_of(file(folder, "F32")), blueprint(files.config, files.tensors)
    assert (ours.layers, ours.state, ours.window) == (theirs.layers, theirs.state, theirs.window)
    assert ours.parameters == pytest.approx(theirs.parameters, rel=0.01)


@pytest.mark.parametrize("first_empty", [False, True])
def test_in_parts_it_is_the_same_model(tmp_path: Path, first_empty: bool) -> None:
    made = make_model(tmp_path / "m", "llama", CHATML)
    whole = write_gguf(made, tmp_path / "whole.gguf")
    first = write_gguf(made, tmp_path / "cut.gguf", cut=7, first_empty=first_empty)
    assert len(list(tmp_path.glob("cut-*.gguf"))) > 2
    assert problem_with(first) == ()
    assert plan_of(first) == plan_of(whole)
    expected = reply(loaded_engine(whole, precision=Precision.FP32), ASKED)
    assert reply(loaded_engine(first, precision=Precision.FP32), ASKED).text == expected.text


def test_every_end_that_the_file_names_ends_a_reply(tmp_path: Path) -> None:
    made = make_model(tmp_path / "m", "llama", None)
    named = {"eot_token_id": 7, "eom_token_id": 8, "eos_token_ids": [9, 10]}
    loaded = loaded_engine(write_gguf(made, tmp_path / "m.gguf", template=None, ends=named))._loaded
    assert loaded is not None
    assert loaded.end_tokens == {2, 7, 8, 9, 10}


def test_a_chat_ends_at_the_end_of_a_turn_that_no_key_names(tmp_path: Path) -> None:
    made = make_text_end(make_model(tmp_path / "m", "llama", eos_token_id=0))
    for path in (made, write_gguf(made, tmp_path / "m.gguf")):
        loaded = loaded_engine(path)._loaded
        assert loaded is not None
        assert loaded.end_tokens == {0, 2}, path


def test_a_missing_part_and_an_unknown_architecture_are_told(tmp_path: Path) -> None:
    import gguf

    made = make_model(tmp_path / "m", "llama")
    part = write_gguf(made, tmp_path / "m-00001-of-00002.gguf")
    with pytest.raises(ModelError, match=r"m-00002-of-00002\.gguf is missing"):
        loaded_engine(part)
    strange = tmp_path / "strange.gguf"
    writer = gguf.GGUFWriter(strange, "never-heard-of")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(ModelError, match="never-heard-of"):
        loaded_engine(strange)
