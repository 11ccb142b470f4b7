"""Tiny guard models with the heads of real ones, on the guide model's tokenizer. Made, not downloaded."""

import json
import shutil
from pathlib import Path

import torch
from transformers import (
    BertConfig,
    GPT2Config,
    GPT2ForSequenceClassification,
    LlamaConfig,
    RobertaConfig,
)
from transformers.models.auto.modeling_auto import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
)

from desktop_llm.core.guards import GuardModel
from desktop_llm.core.models import LoadRequest, ModelOnDisk
from desktop_llm.engine.load import read_tokenizer
from desktop_llm.resources import resource

SHAPE = {
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "max_position_embeddings": 4096, "pad_token_id": 0,
}  # fmt: skip


def guide_tokenizer(folder: Path, template: str | None = None) -> int:
    """Put the guide model's tokenizer into a folder; returns the size of its vocabulary."""
    guide = resource("guide_model")
    assert guide is not None
    folder.mkdir(parents=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(guide / name, folder / name)
    if template is not None:
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    return len(read_tokenizer(folder))


def make_classifier(folder: Path, labels: list[str], kind: str = "bert", **shape: int) -> Path:
    """Random weights under the head that classifiers of that kind have; `shape` changes its config."""
    vocabulary = guide_tokenizer(folder)
    named = {"id2label": dict(enumerate(labels)), "label2id": {n: i for i, n in enumerate(labels)}}
    config = {"bert": BertConfig, "roberta": RobertaConfig}[kind](
        vocab_size=vocabulary, **(SHAPE | shape), **named
    )
    with torch.random.fork_rng():
        torch.manual_seed(3)
        AutoModelForSequenceClassification.from_config(config).save_pretrained(folder)
    return folder


def make_writer(folder: Path, template: str | None = None) -> Path:
    """A tiny Llama with random weights, as a guard LLM."""
    vocabulary = guide_tokenizer(folder, template)
    with torch.random.fork_rng():
        torch.manual_seed(5)
        model = AutoModelForCausalLM.from_config(
            LlamaConfig(vocab_size=vocabulary, num_key_value_heads=2, head_dim=8, **SHAPE)
        )
        with torch.no_grad():
            for weight in model.parameters():
                if weight.dim() > 1:
                    weight.normal_(0, 0.6)
        model.save_pretrained(folder)
    return folder


def make_word_guard(
    folder: Path, words: list[str], labels: tuple[str, str], positions: int = 1024
) -> Path:
    """A GPT-2 classifier whose weights are set by hand: label 1 exactly where one of `words` stands.

    Each word must be one token. Its single attention layer looks at all tokens alike and adds up
    those of the words; whatever the last token is, one such token outweighs it.
    """
    vocabulary = guide_tokenizer(folder)
    tokenizer = read_tokenizer(folder)
    ids = []
    for word in words:
        (token,) = tokenizer.encode(word, add_special_tokens=False)
        ids.append(token)
    config = GPT2Config(
        vocab_size=vocabulary, n_embd=4, n_layer=1, n_head=1, n_positions=positions, pad_token_id=0,
        bos_token_id=0, eos_token_id=0,
        id2label=dict(enumerate(labels)), label2id={n: i for i, n in enumerate(labels)},
    )  # fmt: skip
    model = GPT2ForSequenceClassification(config)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.fill_(1.0 if "ln_" in name and name.endswith("weight") else 0.0)
        harmless, harmful = torch.tensor([0.0, 0.0, 1.0, -1.0]), torch.tensor([1.0, -1.0, 0.0, 0.0])
        model.transformer.wte.weight.copy_(harmless.expand(vocabulary, 4))
        model.transformer.wte.weight[ids] = harmful
        attention = model.transformer.h[0].attn
        # Of the normed token, only the harmful direction is passed on, a thousandfold.
        attention.c_attn.weight[:, 8:12] = torch.outer(harmful, harmful) * 1000
        attention.c_proj.weight.copy_(torch.eye(4))
        model.score.weight.copy_(torch.stack([harmless, harmful]) * 10)
    model.save_pretrained(folder)
    return folder


def guard_request(folder: Path) -> LoadRequest:
    """A request to load the guard model of a folder."""
    return LoadRequest(ModelOnDisk(folder.name, folder.name, folder))


def edit_config(folder: Path, **changes: object) -> None:
    """Change keys of a folder's config.json; None takes a key away."""
    path = folder / "config.json"
    config = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({key: value for key, value in config.items() if value is not None}))


__all__ = [
    "GuardModel",
    "edit_config",
    "guard_request",
    "make_classifier",
    "make_word_guard",
    "make_writer",
]
