"""Real models, only tiny: made from configurations with random weights, saved, and loaded again."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoTokenizer,
    Gemma2Config,
    Gemma3TextConfig,
    GPT2Config,
    LlamaConfig,
    MambaConfig,
    MistralConfig,
    MixtralConfig,
    NemotronConfig,
    Phi3Config,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2MoeConfig,
    Qwen3MoeConfig,
    StableLmConfig,
    Starcoder2Config,
    T5Config,
)
from transformers.models.auto.modeling_auto import AutoModelForCausalLM, AutoModelForSeq2SeqLM

from desktop_llm.core.events import Delta, End, Event
from desktop_llm.core.messages import Role
from desktop_llm.core.models import LoadRequest, ModelOnDisk
from desktop_llm.core.requests import GenerateRequest, Turn
from desktop_llm.core.sampling import SamplingSettings
from desktop_llm.core.settings import Precision
from desktop_llm.engine.engine import TransformersEngine

TEXT = [
    "The model reads tokens and writes the next one. What is a token? A piece of a word.",
    "大语言模型读取文本，预测下一个词。你好，世界！局限性是什么？",
    "Emoji span several tokens: 😀 🚀 👩‍🔬 and so do rare characters: 𝛼 ẞ.",
]
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
NO_SYSTEM = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system role') }}"
    "{% endif %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}"
    "<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
)
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
GREEDY = SamplingSettings(temperature=0, max_new_tokens=12)


def trained_tokenizer() -> Tokenizer:
    """A byte-level BPE tokenizer that knows few merges, so that characters span tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    ordinary = [AddedToken(text, special=False, normalized=False) for text in ("<think>", "<b>")]
    tokenizer.add_tokens(ordinary)
    return tokenizer


def save_tokenizer(folder: Path, template: str | None) -> int:
    """Save the tokenizer as transformers does; returns the size of its vocabulary."""
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=trained_tokenizer(), eos_token="<|im_end|>", bos_token="<|endoftext|>"
    )
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    return len(tokenizer)


SHAPE = {
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 512,
    "bos_token_id": 0, "eos_token_id": 2, "pad_token_id": None,
}  # fmt: skip


EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16}
KINDS: dict[str, tuple[Callable[..., object], dict[str, object]]] = {
    "gemma2": (Gemma2Config, {"sliding_window": 16}),
    "gemma3_text": (Gemma3TextConfig, {"sliding_window": 16, "num_hidden_layers": 6}),
    "llama": (LlamaConfig, {}),
    "mistral": (MistralConfig, {"sliding_window": 16}),
    "mixtral": (MixtralConfig, {"num_local_experts": 4}),
    "nemotron": (NemotronConfig, {}),
    "phi3": (Phi3Config, {}),
    "qwen2": (Qwen2Config, {}),
    "qwen2_moe": (Qwen2MoeConfig, EXPERTS | {"shared_expert_intermediate_size": 24}),
    "qwen3_moe": (Qwen3MoeConfig, EXPERTS | {"norm_topk_prob": True}),
    "stablelm": (StableLmConfig, {}),
    "starcoder2": (Starcoder2Config, {}),
}


def _config(kind: str, vocabulary: int, changes: dict[str, object]) -> object:
    if kind == "gpt2":
        return GPT2Config(
            vocab_size=vocabulary, n_embd=32, n_layer=2, n_head=4, n_positions=256,
            bos_token_id=0, eos_token_id=2,
        )  # fmt: skip
    made, own = KINDS[kind]
    return made(vocab_size=vocabulary, **SHAPE | own | changes)


def make_model(folder: Path, kind: str, template: str | None = CHATML, **changes: object) -> Path:
    """A tiny model folder of that kind, always the same weights. It hardly ever ends by itself.

    `changes` are settings of its configuration."""
    vocabulary = save_tokenizer(folder, template)
    with torch.random.fork_rng():
        torch.manual_seed(7)
        model = AutoModelForCausalLM.from_config(_config(kind, vocabulary, changes))
        # Random weights would all but repeat one token; larger ones make lively text.
        with torch.no_grad():
            for weight in model.parameters():
                if weight.dim() > 1:
                    weight.normal_(0, 0.6)
    model.save_pretrained(folder)
    return folder


def make_text_end(folder: Path) -> Path:
    """The same folder, whose files now call the end of a text the end, not that of a turn."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.eos_token = "<|endoftext|>"
    tokenizer.save_pretrained(folder)
    return folder


def save_metaspace_tokenizer(folder: Path, template: str | None) -> int:
    """Save a tokenizer as T5 has it, of single ASCII characters and a few words; its size."""
    characters = [chr(code) for code in range(0x21, 0x7F)]
    words = (f"\u2581{word}" for word in ("yes", "no", "a", "the", "cat"))
    pieces = ["\u2581", *characters, *words]
    vocabulary = [(text, 0.0) for text in ("<pad>", "<unk>", "</s>")]
    vocabulary += [(piece, -float(10 - len(piece))) for piece in pieces]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=1))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    saved = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>", eos_token="</s>"
    )
    saved.chat_template = template
    saved.save_pretrained(folder)
    return len(saved)


def make_t5(folder: Path, save: Callable[[Path, str | None], int] = save_tokenizer) -> Path:
    """A T5 of two layers whose matrices are large enough to be rounded. `save`: its tokenizer."""
    config = T5Config(
        vocab_size=save(folder, None), d_model=256, d_ff=512, d_kv=64, num_heads=4,
        num_layers=2, decoder_start_token_id=0, eos_token_id=2, pad_token_id=0,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(6)
        model = AutoModelForSeq2SeqLM.from_config(config)
        with torch.no_grad():
            for weight in model.parameters():
                if weight.dim() == 2:
                    weight.normal_(0, 0.1)
    model.save_pretrained(folder)
    return folder


def make_mamba(folder: Path) -> Path:
    """A recurrent model, whose modules stand in cycles."""
    config = MambaConfig(
        vocab_size=save_tokenizer(folder, None), hidden_size=32, num_hidden_layers=1, state_size=8,
        bos_token_id=0, eos_token_id=2, pad_token_id=0,
    )  # fmt: skip
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return folder


def load_request(folder: Path, **options: object) -> LoadRequest:
    """A request to load the model of a folder."""
    return LoadRequest(ModelOnDisk(folder.name, folder.name, folder), **options)  # type: ignore[arg-type]


def loaded_engine(folder: Path, **options: object) -> TransformersEngine:
    """An engine with the model of a folder, in float32 unless asked otherwise.

    Tokens are compared exactly, and what automatic precision takes depends on the machine: with
    bfloat16 a token read alone and one read among others have slightly different scores.
    """
    engine = TransformersEngine()
    options.setdefault("precision", Precision.FP32)
    engine.load(load_request(folder, **options), lambda done, total: None, threading.Event())
    return engine


def asked(*texts: str, system: str = "", **sampling: object) -> GenerateRequest:
    """A greedy request: the texts are alternately the person's and the model's."""
    roles = (Role.USER, Role.ASSISTANT)
    turns = tuple(Turn(roles[i % 2], text, f"m{i}") for i, text in enumerate(texts))
    settings = replace(GREEDY, **sampling)  # type: ignore[arg-type]
    return GenerateRequest(turns, system_prompt=system, sampling=settings)


def run(
    engine: TransformersEngine, request: GenerateRequest, cancel: threading.Event | None = None
) -> list[Event]:
    """All events of a reply, after checking that exactly one `End` stands at their end."""
    events = list(engine.generate(request, cancel or threading.Event()))
    assert [isinstance(event, End) for event in events].count(True) == 1
    assert isinstance(events[-1], End)
    return events


@dataclass(frozen=True)
class Reply:
    """A reply's text and its end."""

    text: str
    end: End


def reply(engine: TransformersEngine, request: GenerateRequest) -> Reply:
    """Run a request to its end."""
    return told(run(engine, request))


def told(events: Iterable[Event]) -> Reply:
    """The text and the end of events."""
    events = list(events)
    text = "".join(event.text for event in events if isinstance(event, Delta))
    end = events[-1]
    assert isinstance(end, End)
    return Reply(text, end)
