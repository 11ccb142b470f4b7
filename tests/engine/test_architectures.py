"""Every causal architecture that people run: greedy tokens as transformers' `generate` gives them.

Tiny models with random weights, made from transformers' own configurations.
"""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import asked, load_request, loaded_engine, reply, run, save_tokenizer
from transformers import AutoConfig
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    AutoModelForCausalLM,
)

from desktop_llm.core.events import Delta, EndReason
from desktop_llm.core.memory import AT_ONCE, blueprint, need
from desktop_llm.core.model_files import read_model_files
from desktop_llm.core.settings import Precision
from desktop_llm.engine import general, paces
from desktop_llm.engine.bench import bytes_per_token
from desktop_llm.engine.engine import TransformersEngine
from desktop_llm.engine.load import load_bare
from desktop_llm.engine.packed import FOLDER
from desktop_llm.engine.step import Step
from desktop_llm.library.inspector.process import Inspector

HF = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
      "max_position_embeddings": 256}  # fmt: skip
GQA = HF | {"num_key_value_heads": 2, "head_dim": 8}
MOE = {"moe_intermediate_size": 32, "num_experts": 4, "num_experts_per_tok": 2}
KINDS: dict[str, dict[str, Any]] = {
    "gpt2": {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256},
    "gpt_neo": {
        "hidden_size": 32, "num_layers": 2, "num_heads": 4, "max_position_embeddings": 256,
        "attention_types": [[["global", "local"], 1]], "window_size": 16,
    },
    "gpt_neox": HF,
    "gptj": {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256, "rotary_dim": 4},
    "gpt_bigcode": {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256},
    "codegen": {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256, "rotary_dim": 4},
    "opt": {
        "hidden_size": 32, "ffn_dim": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
        "word_embed_proj_dim": 32, "max_position_embeddings": 256,
    },
    "bloom": {"hidden_size": 32, "n_layer": 2, "n_head": 4},
    "falcon": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4},
    "llama": GQA,
    "mistral": GQA | {"sliding_window": 16},
    "mixtral": GQA | {"num_local_experts": 4, "num_experts_per_tok": 2},
    "qwen2": GQA,
    "qwen2_moe": GQA | MOE | {"shared_expert_intermediate_size": 32},
    "qwen3": GQA,
    "qwen3_moe": GQA | MOE,
    "deepseek_v3": HF | {
        "num_key_value_heads": 4, "q_lora_rank": 16, "kv_lora_rank": 16, "qk_nope_head_dim": 8,
        "qk_rope_head_dim": 8, "v_head_dim": 8, "first_k_dense_replace": 1, "n_routed_experts": 4,
        "n_group": 2, "topk_group": 1, "num_experts_per_tok": 2, "n_shared_experts": 1,
        "moe_intermediate_size": 32,
    },
    "minicpm3": HF | {
        "num_key_value_heads": 4, "q_lora_rank": 16, "kv_lora_rank": 16, "qk_nope_head_dim": 8,
        "qk_rope_head_dim": 8, "v_head_dim": 8,
    },
    "gemma": GQA,
    "gemma2": GQA | {"sliding_window": 16},
    "gemma3_text": GQA | {"sliding_window": 16},
    "phi": HF,
    "phi3": HF | {"num_key_value_heads": 2, "pad_token_id": 0},
    "stablelm": HF | {"num_key_value_heads": 2},
    "starcoder2": HF | {"num_key_value_heads": 2},
    "olmo": HF,
    "olmo2": HF | {"num_key_value_heads": 2},
    "granite": HF | {"num_key_value_heads": 2},
    "cohere": HF | {"num_key_value_heads": 2},
    "cohere2": HF | {"num_key_value_heads": 2, "sliding_window": 16},
    "mpt": {"d_model": 32, "n_heads": 4, "n_layers": 2, "max_seq_len": 256},
    "glm4": GQA | {"pad_token_id": 0},
    "smollm3": GQA | {"pad_token_id": 0},
    "nemotron": GQA,
    "helium": GQA,
    "exaone4": GQA | {"sliding_window": 16},
    "biogpt": HF,
    "xglm": {"d_model": 32, "ffn_dim": 64, "num_layers": 2, "attention_heads": 4},
    "mamba": {"hidden_size": 32, "num_hidden_layers": 2, "state_size": 8},
    "mamba2": {
        "hidden_size": 32, "num_hidden_layers": 2, "state_size": 8, "head_dim": 16, "num_heads": 4,
        "n_groups": 2,
    },
    "recurrent_gemma": GQA | {"num_hidden_layers": 3, "lru_width": 32, "attention_window_size": 16},
    "rwkv": {"hidden_size": 32, "num_hidden_layers": 2, "attention_hidden_size": 32},
    "xlstm": {"hidden_size": 128, "num_hidden_layers": 2, "num_heads": 4},
    "lfm2": GQA | {"layer_types": ["conv", "full_attention"], "block_multiple_of": 32},
    "minimax": GQA | {"num_local_experts": 4, "num_experts_per_tok": 2, "block_size": 16},
}  # fmt: skip
NEW = 24


def make(folder: Path, kind: str) -> Path:
    """A tiny model folder of that architecture, always the same weights."""
    vocabulary = save_tokenizer(folder, None)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        config = AutoConfig.for_model(
            kind, **{"vocab_size": vocabulary, "bos_token_id": 0, "eos_token_id": 2} | KINDS[kind]
        )
        model = AutoModelForCausalLM.from_config(config)
        with torch.no_grad():
            for weight in model.parameters():
                if weight.dim() == 2:
                    weight.normal_(0, 0.3)
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module", params=KINDS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="module")
def inspector() -> Iterator[Inspector]:
    with Inspector() as one:
        yield one


def test_the_inspector_lets_it_pass(folder: Path, inspector: Inspector) -> None:
    verdict = inspector.inspect(folder)
    assert verdict.safe, verdict.findings


def test_it_reads_a_prompt_in_as_many_passes_as_its_memory_is_reckoned_for(folder: Path) -> None:
    kind = read_model_files(folder).config["model_type"]
    assert bare_step(folder, Precision.FP32).reads_at_once is (kind in AT_ONCE)


@pytest.mark.parametrize("kind", sorted(AT_ONCE - {*KINDS}))
def test_so_do_those_that_are_not_made_here(kind: str) -> None:
    assert MODEL_FOR_CAUSAL_LM_MAPPING[type(AutoConfig.for_model(kind))]._is_stateful


def expected_text(folder: Path, engine: TransformersEngine, *texts: str) -> str:
    """What transformers' own generate writes after that prompt."""
    assert engine._loaded is not None
    loaded = engine._loaded
    prompt = loaded.builder.build(asked(*texts), loaded.info.context_window).ids
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.inference_mode():
        ids = model.generate(
            torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            do_sample=False, max_new_tokens=NEW, eos_token_id=sorted(loaded.end_tokens),
            pad_token_id=0,
        )  # fmt: skip
    text: str = loaded.encoder.tokenizer.decode(
        ids[0, len(prompt) :].tolist(), skip_special_tokens=True
    )
    return text


def test_three_turns_are_those_of_generate_and_a_cancel_spoils_nothing(folder: Path) -> None:
    engine = loaded_engine(folder, precision=Precision.FP32)
    texts = ["The model reads tokens and the model reads tokens"]
    for more in ("And then?", "What else is a token?"):
        out = reply(engine, asked(*texts, max_new_tokens=NEW))
        assert out.end.reason in (EndReason.LENGTH, EndReason.STOP), out.end.error
        assert out.text == expected_text(folder, engine, *texts).replace("\ufffd", "")
        cancel = threading.Event()
        for event in engine.generate(asked(*texts, out.text, "Stop", max_new_tokens=NEW), cancel):
            if isinstance(event, Delta):
                cancel.set()
        texts += [out.text, more]
    out = reply(engine, asked(*texts, max_new_tokens=NEW))
    assert out.text == expected_text(folder, engine, *texts).replace("\ufffd", "")
    engine.unload()
    assert engine.loaded is None


def test_it_answers_with_rounded_weights(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(general, "SMALLEST", 512)
    engine = loaded_engine(folder, precision=Precision.INT8)
    events = run(engine, asked("The model", max_new_tokens=6))
    assert events[-1].reason in (EndReason.LENGTH, EndReason.STOP), events[-1]  # type: ignore[union-attr]
    assert engine._loaded is not None
    steps = (engine._loaded.step, bare_step(folder, Precision.FP32))
    rounded, exact = (step(list(range(3, 15)), step.new_cache(), 12) for step in steps)
    # The most of all architectures is 0.048; a wrong scale or row is far above.
    assert (rounded - exact).norm() < 0.1 * exact.norm()


def bare_step(folder: Path, precision: Precision) -> Step:
    request = load_request(folder, precision=precision)
    return load_bare(request, lambda *_: None, threading.Event()).step


@pytest.mark.parametrize("precision", [Precision.FP32, Precision.BF16, Precision.INT8])
@pytest.mark.parametrize("kind", ["deepseek_v3", "minicpm3", "mistral", "gpt_neox"])
def test_its_states_take_the_memory_that_is_reckoned(
    kind: str, precision: Precision, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(general, "SMALLEST", 512)
    folder = make(tmp_path, kind)
    step = bare_step(folder, precision)
    cache = step.new_cache()
    step([place % 200 + 3 for place in range(100)], cache)
    held = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache._states.layers)
    files = read_model_files(folder)
    plan = blueprint(files.config, files.tensors)
    plan = replace(plan, state_bytes=paces.states_dtype().itemsize)
    reckoned = need(plan, precision.value, 100).states
    # A layer that slides keeps one token less than it reaches: the next one is there in the pass.
    assert held <= reckoned <= held * (16 / 15 if kind == "mistral" else 1)


@pytest.mark.parametrize(
    ("kind", "apart"),
    [("llama", True), ("gpt_neox", True), ("rwkv", True), ("gpt2", False), ("biogpt", False)],
)
def test_of_the_vocabularys_tables_the_one_that_scores_it_is_read(
    kind: str, apart: bool, tmp_path: Path
) -> None:
    """Each of these has another name for it."""
    folder = make(tmp_path, kind)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    table, head = model.get_input_embeddings().weight, model.get_output_embeddings().weight
    assert (table is not head) is apart
    every = sum(weight.numel() for weight in model.parameters())
    bare = load_bare(
        load_request(folder, precision=Precision.FP32), lambda *_: None, threading.Event()
    )
    assert bytes_per_token(bare) == 4 * (every - table.numel() * apart)


def test_rounded_weights_are_kept_and_mapped_back(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(general, "SMALLEST", 512)
    request = load_request(folder, precision=Precision.INT8)
    found = []
    for _ in range(2):
        step = load_bare(request, lambda *_: None, threading.Event(), tmp_path).step
        found.append(step(list(range(3, 15)), step.new_cache()))
    assert len(list((tmp_path / FOLDER).glob("*.packed"))) == 1
    assert torch.equal(*found)
