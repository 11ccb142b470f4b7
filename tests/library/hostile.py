"""Makes hostile model files by the thousand: the same ones for the same seed. Opens none of them.

Each maker writes one case into a folder of its own and gives the path to inspect. `certain` cases
must be refused; the others are right files with something changed by chance, and need only a verdict.
"""

import json
import pickle
import random
import shutil
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf_files
from poison import TEMPLATES, gadgets_for
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

CANARY = "canary-was-here"
"""The name of the file that every planted program tries to make in the folder above its case."""


@dataclass(frozen=True)
class Case:
    """One hostile path. `certain`: nothing but a refusal is right."""

    kind: str
    path: Path
    certain: bool


Maker = Callable[[Path, random.Random, int], Case]


def cases(kind: str, count: int, folder: Path, seed: int = 1) -> Iterator[Case]:
    """So many cases of a kind, each deleted when the next is asked for."""
    make = MAKERS[kind]
    for number in range(count):
        place = folder / f"{kind}-{number}"
        place.mkdir(parents=True)
        yield make(place, random.Random(f"{seed}-{kind}-{number}"), number)
        shutil.rmtree(place)


# Right files, to change


def tokenizer_json() -> dict[str, Any]:
    """A small byte-level tokenizer."""
    signs = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {sign: number for number, sign in enumerate(signs)}
    made = Tokenizer(models.BPE(vocabulary | {"th": 256, "he": 257}, [("t", "h"), ("h", "e")]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(["<|im_start|>", "<|im_end|>"])
    data: dict[str, Any] = json.loads(made.to_str())
    return data


TOKENIZER = tokenizer_json()
WIDTH, LAYERS, VOCABULARY = 8, 2, 260
CONFIG: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": WIDTH,
    "intermediate_size": 16, "num_hidden_layers": LAYERS, "num_attention_heads": 2,
    "num_key_value_heads": 1, "vocab_size": VOCABULARY, "max_position_embeddings": 128,
}  # fmt: skip


def shapes() -> dict[str, list[int]]:
    found = {"model.embed_tokens.weight": [VOCABULARY, WIDTH], "model.norm.weight": [WIDTH]}
    for layer in range(LAYERS):
        begin = f"model.layers.{layer}."
        found |= {
            begin + "input_layernorm.weight": [WIDTH],
            begin + "mlp.up_proj.weight": [16, WIDTH],
        }
    return found


def entries(names: dict[str, list[int]]) -> tuple[dict[str, Any], int]:
    """The header of these tensors in float32, and the bytes of their data."""
    header, at = {}, 0
    for name, shape in names.items():
        size = 4
        for extent in shape:
            size *= extent
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    return header, at


def safetensors(header: object, data: int, length: int | None = None) -> bytes:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    told = len(raw) if length is None else length
    return struct.pack("<Q", told % 2**64) + raw + bytes(data)


def model_folder(folder: Path) -> Path:
    """A whole small model that is in order."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(safetensors(*entries(shapes())))
    put(folder / "config.json", CONFIG)
    put(folder / "tokenizer.json", TOKENIZER)
    put(folder / "tokenizer_config.json", {"chat_template": "{{ messages[0].content }}"})
    return folder


def sharded_folder(folder: Path) -> tuple[Path, dict[str, str]]:
    """The same in two files and an index; gives the index's weight_map."""
    model_folder(folder)
    (folder / "model.safetensors").unlink()
    names = shapes()
    halves = [dict(list(names.items())[:3]), dict(list(names.items())[3:])]
    weight_map = {}
    for number, half in enumerate(halves, start=1):
        name = f"model-0000{number}-of-00002.safetensors"
        (folder / name).write_bytes(safetensors(*entries(half)))
        weight_map |= dict.fromkeys(half, name)
    put(folder / "model.safetensors.index.json", {"metadata": {}, "weight_map": weight_map})
    return folder, weight_map


def put(path: Path, data: object) -> Path:
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


# Changing by chance

STRANGE = [
    -1, 0, 1, 2**31, 2**32, 2**53, 2**63, 2**64, 10**30, -(2**63), 0.5, 1e308, float("nan"),
    float("inf"), None, True, "", "12", "../x", "\u0000", "x" * 10_000, [], {}, [[]], [-1], [2**60],
    {"a": {"b": {}}},
]  # fmt: skip


def flipped(raw: bytes, chance: random.Random, first: int, last: int) -> bytes:
    changed = bytearray(raw)
    for _ in range(chance.choice((1, 1, 2, 8))):
        changed[chance.randrange(first, min(last, len(changed)))] = chance.randrange(256)
    return bytes(changed)


def changed(data: Any, chance: random.Random) -> Any:
    """The same JSON with one value, key or element replaced by something strange."""
    data = json.loads(json.dumps(data))
    here: Any = data
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(min(len(here), 40)))
        if not keys:
            return data
        key = chance.choice(keys)
        if isinstance(here[key], dict | list) and here[key] and chance.random() < 0.7:
            here = here[key]
            continue
        what = chance.random()
        if what < 0.15 and isinstance(here, dict):
            del here[key]
        elif what < 0.25 and isinstance(here, dict):
            here[chance.choice(("", "../../x", "\u0000", "__metadata__", "auto_map"))] = here.pop(
                key
            )
        else:
            here[key] = chance.choice(STRANGE)
        return data


# The kinds


def bad_safetensors(place: Path, chance: random.Random, number: int) -> Case:
    header, size = entries(shapes())
    whole, name = safetensors(header, size), "model.norm.weight"
    one = header[name]
    far = {"data_offsets": [one["data_offsets"][0], 2 ** chance.randrange(40, 62)]}
    lies: list[bytes] = [
        safetensors(header, size, length=2 ** chance.randrange(24, 64)),
        whole[: chance.randrange(len(whole) - 4)],
        safetensors(header | {name: one | far}, size),
        safetensors(header | {name: one | {"data_offsets": [0, one["data_offsets"][1]]}}, size),
        safetensors(header | {name: one | {"shape": [-8]}}, size),
        safetensors(header | {name: one | {"shape": [2**chance.randrange(31, 61), 2]}}, size),
        safetensors(header | {name: one | {"dtype": chance.choice(("F128", "", "O", "object"))}}, size),
        safetensors(header | {"../" + name: one}, size),
        safetensors(header | {"copy": one}, size),
        safetensors(json.dumps(header)[:-1].encode() + b',"%s":%s}' % (name.encode(), json.dumps(one).encode()), size),
        safetensors(b"[" * chance.randrange(1, 200_000), 0),
        safetensors(b'{"a":' * chance.randrange(2_000, 90_000), 0),
        safetensors(b"\xff\xfe" + json.dumps(header).encode("utf-16"), size),
        chance.randbytes(chance.randrange(0, 4000)),
        pickle.dumps({"weights": [1.0] * 10}, protocol=chance.randrange(2, 6)),
        whole[: 8 + len(json.dumps(header))] + struct.pack("<f", float("nan")) * (size // 4),
    ]  # fmt: skip
    path = place / "model.safetensors"
    if number % 3 == 0:
        path.write_bytes(chance.choice(lies))
        return Case("safetensors", path, certain=True)
    if number % 3 == 1:
        path.write_bytes(flipped(whole, chance, 0, len(whole) - size))
    else:
        path.write_bytes(safetensors(changed(header, chance), size))
    return Case("safetensors", path, certain=False)


def bad_gguf(place: Path, chance: random.Random, number: int) -> Case:
    keys, tensors = gguf_files.good(), gguf_files.GOOD_TENSORS
    huge = 2 ** chance.randrange(25, 64) % 2**64
    nested = struct.pack("<IQ", 9, 1) * chance.randrange(3, 5000) + struct.pack("<IQ", 4, 0)
    whole = gguf_files.gguf(keys, tensors)
    table = {"token_embd.weight": (0, (32, 2), 256)}
    lies: list[Callable[[], bytes]] = [
        lambda: gguf_files.gguf(keys, tensors, counts=(huge, len(keys))),
        lambda: gguf_files.gguf(keys, tensors, counts=(len(tensors), huge)),
        lambda: gguf_files.gguf(keys | {"x": gguf_files.strings(["a"], huge)}, tensors),
        lambda: gguf_files.gguf(keys | {"x": (9, nested)}, tensors),
        lambda: gguf_files.gguf(keys | {"x": (8, struct.pack("<Q", huge) + b"abc")}, tensors),
        lambda: gguf_files.gguf(keys | {"x": (9, struct.pack("<IQ", 0, huge))}, tensors),
        lambda: gguf_files.gguf(keys, {"t": (0, (huge, huge % 7 + 1), 32)}),
        lambda: gguf_files.gguf(keys, tensors, offsets={"output_norm.weight": huge // 32 * 32}),
        lambda: gguf_files.gguf(keys | {"llama.block_count": gguf_files.number(10**6)}, tensors),
        lambda: gguf_files.gguf(keys, tensors | table, offsets={"output_norm.weight": 0}),
        lambda: gguf_files.gguf(gguf_files.good("{% for"), tensors),
        lambda: whole[: chance.randrange(len(whole) - 1100)],
        lambda: b"GGUF" + chance.randbytes(200),
    ]
    path = place / "model.gguf"
    if number % 2 == 0:
        path.write_bytes(chance.choice(lies)())
        return Case("gguf", path, certain=True)
    data = sum(-(-size // 32) * 32 for _, _, size in tensors.values())
    path.write_bytes(flipped(whole, chance, 0, len(whole) - data))
    return Case("gguf", path, certain=False)


def _tokenizer_bombs(chance: random.Random) -> list[dict[str, Any]]:
    many = chance.randrange(20, 4000)
    grow = {"type": "Replace", "pattern": {"String": "a"}, "content": "aa" * many}
    twice = {"type": "Replace", "pattern": {"String": "a"}, "content": "aaa"}
    piece = {"SpecialToken": {"id": "<|im_start|>", "type_id": 0}}
    special = {"<|im_start|>": {"id": "<|im_start|>", "ids": [0], "tokens": ["<|im_start|>"]}}
    nested: dict[str, Any] = {"type": "Lowercase"}
    for _ in range(chance.randrange(70, 400)):
        nested = {"type": "Sequence", "normalizers": [nested]}
    slow = chance.choice(("(a+)+$", "(a|aa)+$", "(.*)*b", "((a*)*)*b", "(a?){60}a{60}"))
    padding = {"strategy": {"Fixed": 2 * 10**9}, "direction": "Right", "pad_id": 0, "pad_type_id": 0,
               "pad_token": "x", "pad_to_multiple_of": None}  # fmt: skip
    template = {"type": "TemplateProcessing", "single": [piece] * (many * 10), "pair": [],
                "special_tokens": special}  # fmt: skip
    wide = {"type": "TemplateProcessing", "single": [piece, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [], "special_tokens": {"<|im_start|>": {"id": "<|im_start|>",
            "ids": [0] * many * 50, "tokens": ["x"] * many * 50}}}  # fmt: skip
    cut = {"type": "Split", "pattern": {"Regex": "("}, "behavior": "Isolated", "invert": False}
    return [
        {"normalizer": grow},
        {"normalizer": {"type": "Sequence", "normalizers": [twice] * 9}},
        {"decoder": {"type": "Sequence", "decoders": [twice] * 12}},
        {"normalizer": {"type": "Prepend", "prepend": "a" * many * 100}},
        {"normalizer": nested},
        {"normalizer": {"type": "Replace", "pattern": {"Regex": slow}, "content": "b" * 40}},
        {"padding": padding},
        {"padding": padding | {"strategy": "BatchLongest", "pad_to_multiple_of": 2**40}},
        {"post_processor": template},
        {"post_processor": wide},
        {"pre_tokenizer": cut},
        {"model": TOKENIZER["model"] | {"vocab": {"a": -1}}},
        {"model": TOKENIZER["model"] | {"vocab": {"a": 2**40}}},
        {"model": TOKENIZER["model"] | {"merges": [["missing", "pair"]]}},
        {"model": {"type": "Unigram", "unk_id": 10**6, "vocab": [["a", -1.0]]}},
        {"model": {"type": "NoSuchModel"}},
        {"model": None},
        {"added_tokens": [{"id": 5, "content": "x" * 5000}]},
    ]


def bad_tokenizer(place: Path, chance: random.Random, number: int) -> Case:
    path = place / "tokenizer.json"
    if number % 2 == 0:
        bombs = _tokenizer_bombs(chance)
        put(path, TOKENIZER | bombs[number // 2 % len(bombs)])
        return Case("tokenizer", path, certain=True)
    if number % 8 == 1:
        path.write_bytes(flipped(json.dumps(TOKENIZER).encode(), chance, 0, 10**6))
    else:
        put(path, changed(TOKENIZER, chance))
    return Case("tokenizer", path, certain=False)


def _config_bombs(chance: random.Random) -> list[dict[str, Any]]:
    huge = chance.choice((10**5, 10**6, 10**9, 2**31, 2**63))
    deep: dict[str, Any] = {}
    for _ in range(60):
        deep = {"text_config": deep}
    wrong = [-1, 0, huge, "12", 1e300, float("nan"), float("inf"), True]
    keys = ("num_hidden_layers", "hidden_size", "num_attention_heads", "vocab_size")
    code = {"AutoModelForCausalLM": "evil.Model", "AutoConfig": "evil.Config"}
    return [
        *({key: value} for key in keys for value in wrong[:-1]),
        {"max_position_embeddings": 2**40}, {"intermediate_size": 2**40}, {"num_labels": 10**9},
        {"num_key_value_heads": 3}, deep, {"num_hidden_layers": LAYERS + 1}, {"vocab_size": 999},
        {"attention_types": [[["global"], 10**9]]}, {"layer_types": ["x"] * 70_000},
        {"model_type": "evil", "auto_map": code}, {"model_type": None, "auto_map": code},
        {"trust_remote_code": True}, {"_attn_implementation": "evil/kernel"},
        {"transformers_weights": "../../etc/passwd"}, {"num_experts": 2**40},
        {"rotary_dim": 2**50}, {"id2label": "x" * 5_000_000},
    ]  # fmt: skip


def bad_config(place: Path, chance: random.Random, number: int) -> Case:
    folder = model_folder(place / "model")
    _evil_code(folder)
    if number % 2 == 0:
        bombs = _config_bombs(chance)
        put(folder / "config.json", CONFIG | bombs[number // 2 % len(bombs)])
        return Case("config", folder, certain=True)
    if number % 10 == 1:
        raw = flipped(json.dumps(CONFIG).encode(), chance, 0, 10**4)
        (folder / "config.json").write_bytes(raw)
    else:
        put(folder / "config.json", changed(CONFIG, chance))
    return Case("config", folder, certain=False)


def _evil_code(folder: Path) -> None:
    line = f"open({str(folder.parent / CANARY)!r}, 'w')\n"
    for name in ("evil.py", "modeling_evil.py", "__init__.py", "json.py", "numpy.py", "torch.py"):
        (folder / name).write_text(line, encoding="utf-8")


def bad_index(place: Path, chance: random.Random, number: int) -> Case:
    folder, weight_map = sharded_folder(place / "model")
    names = list(weight_map)
    other = chance.choice(sorted(set(weight_map.values())))
    index = folder / "model.safetensors.index.json"
    lies: list[Any] = [
        {"weight_map": weight_map | {names[0]: chance.choice(STRANGE[-12:])}},
        {"weight_map": weight_map | {"no.such.tensor": other}},
        {"weight_map": {name: weight_map[name] for name in names[1:]}},
        {"weight_map": dict.fromkeys(names, "model-00001-of-00002.safetensors")},
        {"weight_map": weight_map | {names[0]: "model-00003-of-00002.safetensors"}},
        {"weight_map": {}}, {"weight_map": names}, {"weight_map": None}, [], None, {},
        {"weight_map": weight_map | {names[0]: weight_map[names[-1]]}},
        {"weight_map": {f"t{i}": other for i in range(chance.randrange(10, 20_000))}},
    ]  # fmt: skip
    if number % 5 == 4:
        index.write_bytes(json.dumps({"weight_map": weight_map}).encode()[: chance.randrange(90)])
    else:
        put(index, lies[number % len(lies)])
    return Case("index", folder, certain=True)


def bad_name(place: Path, chance: random.Random, number: int) -> Case:
    """Thirty ways to point outside the model's folder."""
    folder, weight_map = sharded_folder(place / "model")
    secret = place / "secret.safetensors"
    secret.write_bytes(safetensors(*entries(shapes())))
    forms = [
        "../secret.safetensors", "./../secret.safetensors", "a/../../secret.safetensors",
        str(secret), f"file://{secret}", "..\\secret.safetensors", "C:\\secret.safetensors",
        "C:secret.safetensors", "\\\\host\\share\\secret.safetensors", "//host/share/s.safetensors",
        "\\\\?\\C:\\secret.safetensors", "~/secret.safetensors", "$HOME/secret.safetensors",
        "%USERPROFILE%\\secret.safetensors", "..%2fsecret.safetensors", "..\u2215secret.safetensors",
        "MODEL-00001-OF-00002.safetensors", "model-00001-of-00002.safetensors\x00.txt",
        "CON.safetensors", "nul.safetensors", ".safetensors", "model-00001-of-00002.safetensors:x",
        "https://example.org/x.safetensors", "sub/../../secret.safetensors", "..",
        "model-00001-of-00002.bin",
    ]  # fmt: skip
    links = (
        "model-00001-of-00002.safetensors",
        "tokenizer.json",
        "config.json",
        "more.safetensors",
    )
    if number % 30 < len(forms):
        first = next(iter(weight_map))
        index = {"weight_map": weight_map | {first: forms[number % 30]}}
        put(folder / "model.safetensors.index.json", index)
    else:
        link = folder / links[number % 30 - len(forms)]
        link.unlink(missing_ok=True)
        link.symlink_to(chance.choice((secret, Path("/etc/passwd"), Path("/dev/zero"))))
    return Case("names", folder, certain=True)


def bad_template(place: Path, _chance: random.Random, number: int) -> Case:
    folder = model_folder(place / "model")
    source = TEMPLATES[number % len(TEMPLATES)].replace("CANARY", str(place / CANARY))
    (folder / "chat_template.jinja").write_text(source, encoding="utf-8")
    return Case("template", folder, certain=True)


def bad_pickle(place: Path, chance: random.Random, number: int) -> Case:
    """Pickles under their own names and under those of what they are not."""
    canary, folder = str(place / CANARY), model_folder(place / "model")
    gadgets = []
    for gadget in gadgets_for(canary):
        try:
            gadgets.append(pickle.dumps(gadget, protocol=chance.randrange(6)))
        except (pickle.PicklingError, TypeError, AttributeError):
            continue  # what cannot be pickled is no gadget
    raw = gadgets[number % len(gadgets)]
    named = ("pytorch_model.bin", "model.safetensors", "tokenizer.json", "config.json", "model.gguf",
             "model.pt", "model.ckpt", "weights.pkl", "archive.pt")[number % 9]  # fmt: skip
    path = folder / named
    if named == "archive.pt":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", raw)
    else:
        path.write_bytes(raw)
    if named in ("pytorch_model.bin", "model.pt", "model.ckpt"):
        (folder / "model.safetensors").unlink()
        return Case("pickle", folder, certain=True)
    whole = named in ("model.safetensors", "tokenizer.json", "config.json")
    return Case("pickle", folder if whole else path, certain=True)


MAKERS: dict[str, Maker] = {
    "safetensors": bad_safetensors,
    "gguf": bad_gguf,
    "tokenizer": bad_tokenizer,
    "config": bad_config,
    "index": bad_index,
    "template": bad_template,
    "pickle": bad_pickle,
    "names": bad_name,
}
FULL = {"safetensors": 10_000, "gguf": 2_000, "tokenizer": 500, "config": 300, "index": 100,
        "template": 60, "pickle": 50, "names": 30}  # fmt: skip
