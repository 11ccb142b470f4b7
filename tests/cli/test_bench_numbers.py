"""What `bench` takes for its numbers, and what it takes where nobody gives them."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from transformers import GPT2Config, GPT2LMHeadModel

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_less_is_written_where_the_window_is_short_and_nobody_says_how_much(
    tmp_path: Path, run_here: Run
) -> None:
    config = GPT2Config(vocab_size=64, n_embd=32, n_layer=1, n_head=2, n_positions=64)
    GPT2LMHeadModel(config).save_pretrained(tmp_path)
    done = run_here("bench", "--model", str(tmp_path), "--repeat", "1", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["new"], found["prompt"]) == (32, 31)


def test_what_is_no_number_is_told_as_what_it_is_to_be(run_here: Run) -> None:
    for text in ("abc", "0"):
        done = run_here("bench", "--prompt", text)
        assert done.returncode == 2
        assert f"argument --prompt: {text} is not a number of 1 or more" in done.stderr
