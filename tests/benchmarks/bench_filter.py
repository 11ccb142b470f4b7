"""The safety filter: what it holds back (F2), what it costs (F3), and what it costs a reply.

The hold-back of replies is that of all that the guide model says about its subjects, letter for letter.
Hold-back is the number of characters read and not yet passed on, after every single character; cost
is the processor time of pieces of four characters, about a token. The rules are all that the app brings in the
Strict level (over 500 words and more than 25 rules for personal data and secrets). Bars: SAFETY.md
section 8. Texts: licences and documentation on this disk, the guide model's Chinese corpus, this
app's own source.
"""

import gc
import gzip
import json
import random
import statistics
import string
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "resources" / "guide_model"))
from texts import LANGUAGES, read_corpus

from desktop_llm.core.policy import Level, Policy
from desktop_llm.resources import resource
from desktop_llm.safety.compiling import compiled
from desktop_llm.safety.text_filter import Compiled, TextFilter

ROOT = Path(__file__).resolve().parents[2]
RULES = compiled(Policy(Level.STRICT), "replies")
PLAIN = compiled(Policy(Level.BALANCED), "replies")  # nothing in it ends a text early
EMAIL = Compiled([r for a in PLAIN.automata for r in a.rules if r.id == "personal.email"])
TOKEN = 4


def english(size: int) -> str:
    """Licences, then the manuals and news of packages."""
    text = "".join(p.read_text("utf-8", "replace") for p in licences())
    for path in sorted(Path("/usr/share/doc").rglob("*.gz")):
        if len(text) >= size:
            break
        if "NEWS" in path.name or "README" in path.name:
            text += gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
    return text[:size]


def licences() -> Iterator[Path]:
    folder = Path("/usr/share/common-licenses")
    yield from (
        path for path in sorted(folder.glob("*")) if path.is_file() and not path.is_symlink()
    )


def chinese(size: int) -> str:
    """The Chinese lines of the guide model's corpus."""
    lines = (
        line
        for path in sorted(resource("guide_model", "corpus").glob("*.toml"))
        for line in path.read_text("utf-8").splitlines()
        if sum("\u4e00" <= char <= "\u9fff" for char in line) > len(line) // 3
    )
    return "\n".join(lines)[:size]


def code(size: int) -> str:
    """This app's own source."""
    return "\n".join(p.read_text("utf-8") for p in sorted((ROOT / "desktop_llm").rglob("*.py")))[
        :size
    ]


def adversarial(size: int) -> dict[str, str]:
    """What keeps as many starts as possible open for as long as possible."""
    rng = random.Random(1)
    base64 = "".join(rng.choices(string.ascii_letters + string.digits + "+/", k=size))
    return {
        "digits": "".join(rng.choices(string.digits, k=size)),
        "digits with spaces": "".join(rng.choices(string.digits + "  --", k=size)),
        "base64": base64, "a@b. again and again": ("a@b." * size)[:size],
        "zero-width spaces": "\u200b" * size, "combining marks": "\u0301" * size,
        "spaced letters": ("f u c k s h i t " * size)[:size], "one letter": "a" * size,
        "hex and colons": "".join(rng.choices("0123456789abcdef::", k=size)),
        "pieces of phrases": "".join(rng.choices(["how ", "to ", "make ", "a ", "bomb ", "i ", "will ", "kill "], k=size // 4))[:size],
    }  # fmt: skip


def held(text: str, rules: object) -> list[int]:
    """After each character, how many are held back."""
    text_filter = TextFilter(rules)
    found = []
    for char in text:
        text_filter.feed(char)
        found.append(text_filter.held)
    return found


def cost(text: str, rules: object) -> tuple[float, float, int]:
    """Microseconds per character, the worst single piece in milliseconds, the most held back."""
    text_filter = TextFilter(rules)
    worst, most = 0.0, 0
    start = time.thread_time()
    for place in range(0, len(text), TOKEN):
        before = time.thread_time()
        text_filter.feed(text[place : place + TOKEN])
        worst = max(worst, time.thread_time() - before)
        most = max(most, text_filter.held)
    text_filter.finish()
    return (time.thread_time() - start) / len(text) * 1e6, worst * 1e3, most


def quantile(values: list[int], share: float) -> int:
    return sorted(values)[int(len(values) * share)]


def print_hold_back() -> None:
    print("hold-back, in characters      mean   p50   p95   p99   max    bars")
    bars = {"English": "mean 4, p99 16", "Chinese": "mean 3", "code": "p99 32"}
    for name, text in (
        ("English", english(400_000)),
        ("Chinese", chinese(100_000)),
        ("code", code(200_000)),
    ):
        values = held(text, PLAIN)
        shares = "".join(f"{quantile(values, share):6}" for share in (0.5, 0.95, 0.99))
        print(
            f"{name:12} {len(text):>9} chars {statistics.mean(values):6.2f}{shares}{max(values):6}    {bars[name]}"
        )


def print_cost() -> None:
    for _ in range(2):  # the first time makes the states that the second one finds
        us, worst, _ = cost(english(200_000), PLAIN)
        print(
            f"English, pieces of {TOKEN}: {us:.2f} us a character (bar 10), worst piece {worst:.2f} ms (bar 10 warm)"
        )
    print("adversarial, 1,000,000 characters each (bars: 12 s, hold-back 320)")
    for name, text in adversarial(1_000_000).items():
        us, worst, most = cost(text, PLAIN)
        print(
            f"  {name:22} {us * len(text) / 1e6:6.2f} s   worst piece {worst:6.2f} ms   most held back {most}"
        )


def print_share_of_decoding() -> None:
    """A reply of the guide model that nothing is found in, beside the filter's time for its text."""
    command = [
        sys.executable,
        "-m",
        "desktop_llm",
        "ask",
        "What is a large language model?",
        "--json",
    ]
    lines = [json.loads(line) for line in subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.splitlines()]  # fmt: skip
    text = "".join(line["text"] for line in lines[:-1])
    tokens, rate = lines[-1]["new_tokens"], lines[-1]["tokens_per_s"]
    us, _, _ = cost(text * 20, PLAIN)
    per_token = us * len(text) / tokens
    print(f"filter: {per_token:.1f} us a token")
    for name, speed in (("the guide model here", rate), ("a model of 20 tokens a second", 20.0)):
        print(
            f"  of the decoding time of {name} ({speed:.0f} tokens/s): {per_token * speed / 1e4:.3f} % (bar 1 %)"
        )


def print_hold_back_of_replies() -> None:
    """Of every answer of the guide model about a subject, in both languages."""
    corpus = read_corpus(ROOT / "resources" / "guide_model" / "corpus")
    print("hold-back of the guide model's answers (bar: mean 3; for e-mail addresses alone, as any")
    print("word may be the start of one)")
    for language in LANGUAGES:
        answers = [subject.answer for subject in corpus.subjects[language].values()]
        means = [statistics.mean(held(answer, PLAIN)) for answer in answers]
        whole = statistics.mean(one for answer in answers for one in held(answer, PLAIN))
        alone = statistics.mean(one for answer in answers for one in held(answer, EMAIL))
        print(
            f"  {language}: {len(answers)} answers, {sum(map(len, answers)):,} chars: mean {whole:.2f} "
            f"({alone:.2f}); by answer {min(means):.2f} to {max(means):.2f}, "
            f"{sum(mean > 3 for mean in means)} above 3"
        )


if __name__ == "__main__":
    gc.freeze()  # the app collects garbage on the window's thread only
    gc.disable()
    words = sum(len(rule.id.split(".")) == 3 for rule in RULES.automata[0].rules)
    print(
        f"{words} rules of words and patterns, {len(RULES.automata[1].rules)} of personal data and secrets"
    )
    print_hold_back()
    print_cost()
    print_share_of_decoding()
    print_hold_back_of_replies()
