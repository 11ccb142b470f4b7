"""The tokenizer: its files' names, what its parts would make of a text, and a try under limits.

A kilobyte of tokenizer.json can ask for all memory there is; the library then ends the process. So
what multiplies text is counted first, and the try happens where only this process can end.
"""

import re
from collections.abc import Iterator
from typing import Any

from desktop_llm.core.file_errors import AGAIN
from desktop_llm.core.model_files import TOKENIZER_FILES
from desktop_llm.core.sayings import Saying
from desktop_llm.library.inspector.looking import TOKENIZER_S, Looking
from desktop_llm.library.inspector.verdict import RefusedError

CONTENT, SETTINGS = "tokenizer.json", "tokenizer_config.json"
CONTENT_LIMIT = 64_000_000
MOST_TOKENS = 2_000_000
MOST_EXPANSION = 16
MOST_STEPS = 64
LONGEST_PATTERN = 20_000
LONGEST_PREPENDED = 64
MOST_PADDING = 65_536
MOST_SPECIAL = 256
TOKENS_PER_BYTE = 8
FILE_KEYS = ("vocab_file", "merges_file", "tokenizer_file", "chat_template_file", "spm_file")
PLAIN_NAME = re.compile(r"\w[\w. +-]*")
PROBES = (
    "", " ", "\n", "Hello, world!", "What is a large language model?", "大语言模型是什么？你好，世界！",
    "<|im_start|>system\n<s>[INST] <<SYS>> </s> <think> <|endoftext|>", "0123456789" * 50,
    "def f(x):\n\treturn x ** 2  # ok\n" * 20, "😀 🚀 👩‍🔬 🇨🇳", "مرحبا بالعالم שלום",
    "e\u0301" * 200, "\u200b\u202e\ufeff" * 50, "a" * 3000, "ab" * 1500, " " * 3000, "\n" * 500,
    "aA1!" * 500, "𝛼ẞİß" * 100, "https://example.org/?q=" + "x%20" * 300,
)  # fmt: skip
CANNOT = Saying("The model's tokenizer is damaged or made to do harm. Do not use this copy.")
ELSEWHERE = "{key} points to {name}, outside the model's folder."


def configuration(looking: Looking) -> None:
    """tokenizer_config.json names no file elsewhere and no code that is needed."""
    for name in (SETTINGS, "special_tokens_map.json", "generation_config.json"):
        if looking.has(name):
            _names_in(looking.json(name))
    if not any(looking.has(name) for name in TOKENIZER_FILES) and looking.path.is_dir():
        looking.notes.append(
            Saying("There is no tokenizer: the model can be measured, not talked to.")
        )


def _names_in(settings: dict[str, Any]) -> None:
    if settings.get("trust_remote_code"):
        raise RefusedError("It asks for its own program code to be trusted; the app runs none.")
    named = settings.get("fast_tokenizer_files") or []
    for key, value in (*((key, settings.get(key)) for key in FILE_KEYS), ("file", named)):
        for name in value if isinstance(value, list) else [value]:
            if name is not None and not PLAIN_NAME.fullmatch(str(name)):
                raise RefusedError(ELSEWHERE, key=key, name=repr(str(name)))
    for key, value in settings.items():
        if key.endswith("_file") and ".." in re.split(r"[/\\]", str(value)):
            raise RefusedError(ELSEWHERE, key=key, name=repr(str(value)))


def content(looking: Looking) -> None:
    """tokenizer.json and its older forms: sizes, numbers, and what multiplies text."""
    for name in ("vocab.json", "added_tokens.json"):
        if looking.has(name):
            _vocabulary(looking.json(name, CONTENT_LIMIT))
    if not looking.has(CONTENT):
        return
    data = looking.json(CONTENT, CONTENT_LIMIT)
    _padding(data)
    _steps(data)
    _special(data.get("post_processor"))
    model = data.get("model")
    if not isinstance(model, dict):
        raise RefusedError("It has no vocabulary.", Saying(AGAIN))
    _vocabulary(model.get("vocab") or {})
    added = data.get("added_tokens") or []
    if len(added) > MOST_TOKENS // 4 or any(len(str(one.get("content"))) > 1000 for one in added):
        raise RefusedError("Its added tokens are more or longer than any model's.", CANNOT)


def _vocabulary(vocabulary: object) -> None:
    if not isinstance(vocabulary, dict | list) or len(vocabulary) > MOST_TOKENS:
        raise RefusedError("Its vocabulary is larger than any model's.", CANNOT)
    numbers = vocabulary.values() if isinstance(vocabulary, dict) else ()
    if any(type(number) is not int or not 0 <= number < 2**31 for number in numbers):
        raise RefusedError("Its vocabulary numbers a token in an impossible way.", CANNOT)


def _padding(data: dict[str, Any]) -> None:
    padding = data.get("padding") or {}
    strategy = padding.get("strategy")
    asked = [padding.get("pad_to_multiple_of") or 0]
    if isinstance(strategy, dict):
        asked.append(strategy.get("Fixed", 0))
    if any(type(size) is not int or not 0 <= size <= MOST_PADDING for size in asked):
        raise RefusedError(
            "It fills every text up to {number} tokens.", CANNOT, number=str(max(asked, key=_size))
        )


def _size(value: object) -> int:
    return value if isinstance(value, int) else 0


def _steps(data: dict[str, Any]) -> None:
    """No part is a chain of steps that makes a short text a long one."""
    for part in ("normalizer", "pre_tokenizer", "decoder"):
        growth = 1.0
        for steps, step in enumerate(_flat(data.get(part), 0), start=1):
            growth *= _growth(step)
            if steps > MOST_STEPS or growth > MOST_EXPANSION:
                raise RefusedError("Its {part} makes a text many times as long.", CANNOT, part=part)


def _flat(step: object, depth: int) -> Iterator[dict[str, Any]]:
    if not isinstance(step, dict):
        return
    if depth > MOST_STEPS:
        raise RefusedError("Its steps are nested deeper than in any real one.", CANNOT)
    yield step
    for name in ("normalizers", "pretokenizers", "decoders"):
        for inner in step.get(name) or []:
            yield from _flat(inner, depth + 1)


def _growth(step: dict[str, Any]) -> float:
    pattern = step.get("pattern")
    told = next(iter(pattern.values()), "") if isinstance(pattern, dict) else ""
    if len(str(told)) > LONGEST_PATTERN:
        raise RefusedError("A pattern in it is longer than any real one.", CANNOT)
    if len(str(step.get("prepend") or step.get("prefix") or "")) > LONGEST_PREPENDED:
        raise RefusedError("It puts a long text before every text.", CANNOT)
    if "content" not in step:
        return 1.0
    # What a regular expression takes away is not known; one character is the least.
    least = len(told) if isinstance(pattern, dict) and "String" in pattern else 1
    return max(1.0, len(str(step["content"])) / max(1, least))


def _special(processor: object) -> None:
    if not isinstance(processor, dict):
        return
    for inner in processor.get("processors") or []:
        _special(inner)
    tokens = processor.get("special_tokens")
    ids = (
        sum(len(one.get("ids") or []) for one in tokens.values()) if isinstance(tokens, dict) else 0
    )
    pieces = len(processor.get("single") or []) + len(processor.get("pair") or [])
    if ids > MOST_SPECIAL or pieces > MOST_SPECIAL:
        raise RefusedError("It adds more special tokens to every text than any model's.", CANNOT)


def probe(looking: Looking) -> None:
    """Read it as the engine will, and put texts of many kinds through it and back."""
    if not looking.has(CONTENT):
        return
    path = looking.look(CONTENT, TOKENIZER_S)
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str(path.read_text("utf-8"))
        for text in PROBES:
            _through(tokenizer, text)
    except (RefusedError, MemoryError):
        raise
    except BaseException as error:  # its panics are no Exceptions
        lines = str(error).splitlines() or [type(error).__name__]
        raise RefusedError("It cannot be used: {failure}", CANNOT, failure=lines[0]) from error


def _through(tokenizer: Any, text: str) -> None:
    most = TOKENS_PER_BYTE * len(text.encode()) + MOST_PADDING
    for special in (True, False):
        ids = tokenizer.encode(text, add_special_tokens=special).ids
        if len(ids) > most:
            raise RefusedError(
                "It makes {tokens} tokens of {signs} characters.",
                CANNOT,
                tokens=f"{len(ids):,}",
                signs=f"{len(text):,}",
            )
    back = tokenizer.decode(ids, skip_special_tokens=False)
    if len(back) > MOST_EXPANSION * (len(text) + len(ids)) + 1000:
        raise RefusedError(
            "It makes {signs} characters of {tokens} tokens.",
            CANNOT,
            signs=f"{len(back):,}",
            tokens=f"{len(ids):,}",
        )
