"""The command line as a person runs it: real processes where streams, ends and imports are the subject,
and one that answers in each form; the real store, and the commands in this process, for the rest."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_llm import __main__ as entry
from desktop_llm import __version__, cli
from desktop_llm.cli import bench, terminal
from desktop_llm.core.benchmarks import BenchResult
from desktop_llm.core.clock import SystemClock
from desktop_llm.core.launch import Launch
from desktop_llm.core.messages import Conversation, Message, Role
from desktop_llm.core.sampling import SamplingSettings
from desktop_llm.core.session import Session, Situation
from desktop_llm.core.settings import Settings
from desktop_llm.resources import resource
from desktop_llm.storage.logs import crash_file, log_file
from desktop_llm.storage.measured import Measured
from desktop_llm.storage.model_notes import ModelNotes
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import find_paths
from desktop_llm.storage.settings_file import SettingsFile

Run = Callable[..., subprocess.CompletedProcess[str]]


def desktop_llm(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run it in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "desktop_llm", *arguments],
        input=given, capture_output=True, text=True, timeout=120, check=False, encoding="utf-8",
    )  # fmt: skip


@pytest.fixture
def chat() -> str:
    """A conversation in the store; its id."""
    paths = find_paths()
    paths.prepare()
    history = open_history(paths)
    session = Session(history, SystemClock(), lambda: Situation(Settings()))
    session.submit("Where is the lighthouse? 灯塔在哪里？")
    history.close()
    return session.conversation.id


def test_ask_streams_an_answer_and_json_has_its_numbers() -> None:
    done = desktop_llm("ask", "What is a large language model?", "--json")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    text = "".join(line["text"] for line in lines[:-1])
    assert {line["type"] for line in lines[:-1]} == {"delta"}
    end = lines[-1]
    assert set(end) == {"type", "reason", "prompt_tokens", "reused_tokens", "new_tokens",
                        "ttft_s", "tokens_per_s"}  # fmt: skip
    assert (end["type"], end["reason"]) == ("end", "stop")
    assert end["new_tokens"] > 10
    assert "language model" in text


def test_ask_lets_a_draft_model_guess_and_says_where_there_is_none(run_here: Run) -> None:
    ask = ("ask", "What is a token?", "--temperature", "0", "--max-new-tokens", "12")
    plain, guessed = run_here(*ask), run_here(*ask, "--draft", "guide")
    assert guessed.returncode == 0, guessed.stderr
    assert guessed.stdout == plain.stdout
    missing = run_here(*ask, "--draft", "no-such-model")
    assert missing.returncode == 3
    assert "no-such-model" in missing.stderr


def test_ask_goes_on_without_a_draft_model_that_is_gone(run_here: Run) -> None:
    paths = find_paths()
    paths.prepare()
    ask = ("ask", "What is a token?", "--temperature", "0", "--max-new-tokens", "12")
    plain = run_here(*ask)
    ModelNotes(paths.model_notes).change("guide", "draft", "deleted-model")
    without = run_here(*ask)
    assert (without.returncode, without.stdout) == (0, plain.stdout), without.stderr
    assert "without its draft model" in without.stderr
    assert "deleted-model" in without.stderr
    assert run_here(*ask, "--draft", "deleted-model").returncode == 3


def test_ask_reads_standard_input_and_the_answer_is_plain_text() -> None:
    done = desktop_llm("ask", "-", "--max-new-tokens", "5", given="大语言模型的主要局限性是什么？")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert "\ufffd" not in done.stdout


def test_bench_measures_a_folder_without_a_tokenizer(tmp_path: Path, run_here: Run) -> None:
    for name in ("config.json", "model.safetensors"):
        shutil.copy(resource("guide_model") / name, tmp_path)
    done = desktop_llm("bench", "--model", str(tmp_path), "--json", "--prompt", "40", "--new", "8",
                       "--repeat", "2", "--precision", "int8")  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["precision"], found["device"], found["prompt"]) == ("int8", "cpu", 40)
    for name in ("prefill_tokens_per_s", "decode_tokens_per_s", "ttft_s", "load_s"):
        assert found[name] > 0
    assert found["peak_rss_bytes"] > 10_000_000
    assert 0 < found["bandwidth_share"] < 2
    words = run_here("bench", "--prompt", "16", "--new", "4", "--repeat", "1")
    assert "tokens per second" in words.stdout


def test_bench_keeps_what_it_found_and_says_how_far_it_is(tmp_path: Path, run_here: Run) -> None:
    for name in ("config.json", "model.safetensors"):
        shutil.copy(resource("guide_model") / name, tmp_path)
    done = run_here("bench", "--model", str(tmp_path), "--json", "--progress", "--prompt", "16",
                    "--new", "4", "--repeat", "2")  # fmt: skip
    *far, found = [json.loads(line) for line in done.stdout.splitlines()]
    assert far[-1] == {"done": 300, "total": 300}
    assert found["bytes_per_token"] > 1_000_000
    (kept,) = Measured(find_paths().cache).benchmarks(str(tmp_path))
    assert kept.result.decode_tokens_per_s == found["decode_tokens_per_s"]


@pytest.mark.parametrize(("device", "share"), [("cpu", 0.5), ("cuda", 0.0)])
def test_bench_speaks_of_bandwidth_only_where_it_was_measured(
    capsys: pytest.CaptureFixture[str], device: str, share: float
) -> None:
    bench._print("Big", BenchResult(9.0, 4.0, 0.1, 2.0, 10**9, share, "bf16", device, 2, 16, 4, 1))
    told = capsys.readouterr().out
    assert "4.0 tokens per second" in told
    assert ("of what memory gives" in told) is (device == "cpu")


def test_bench_refuses_what_does_not_fit_into_the_context(run_here: Run) -> None:
    done = run_here("bench", "--context", "100", "--new", "128")
    assert done.returncode == 2
    assert "--context" in done.stderr


def test_bench_refuses_what_does_not_fit_into_the_model(tmp_path: Path, run_here: Run) -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(vocab_size=64, n_embd=32, n_layer=1, n_head=2, n_positions=1024)
    GPT2LMHeadModel(config).save_pretrained(tmp_path)
    bench = ("bench", "--model", str(tmp_path), "--repeat", "1", "--json", "--new")
    done = run_here(*bench, "1024")
    assert (done.returncode, done.stdout) == (2, "")
    assert "1,024 new tokens do not fit into the context window of 1,024 tokens" in done.stderr
    assert json.loads(run_here(*bench, "1023").stdout)["new"] == 1023


def test_raw_goes_on_from_the_text(run_here: Run) -> None:
    done = run_here("ask", "A language model", "--raw", "--max-new-tokens", "4", "--json")
    assert json.loads(done.stdout.splitlines()[-1])["reason"] in ("length", "stop")


def test_a_model_that_cannot_be_loaded_is_3_and_bad_usage_2(tmp_path: Path) -> None:
    missing = desktop_llm("ask", "Hi", "--model", str(tmp_path))
    assert missing.returncode == 3
    assert "config.json" in missing.stderr
    assert desktop_llm("ask").returncode == 2
    assert desktop_llm("ask", "Hi", "--temperature", "9").returncode == 2
    assert desktop_llm("ask", " ").returncode == 2


def test_a_blocked_answer_is_4(run_here: Run) -> None:
    assert run_here("settings", "set", "safety.level", "balanced").returncode == 0
    assert run_here("settings", "set", "safety.words", "model, models").returncode == 0
    assert run_here("settings", "set", "safety.replies.own", "block").returncode == 0
    done = desktop_llm("ask", "What is a large language model?")
    assert done.returncode == 4
    assert "model" not in done.stdout.lower()
    assert "blocked" in done.stderr
    assert run_here("settings", "set", "safety.prompts.own", "block").returncode == 0
    refused = run_here("ask", "What is a large language model?", "--json")
    assert refused.returncode == 4
    assert json.loads(refused.stdout)["reason"] == "blocked"  # one line: nothing was generated
    assert "message was blocked" in refused.stderr


@pytest.mark.parametrize("command", [["chats", "list"], ["--quit"]])
def test_an_unwritable_home_is_said_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    file = tmp_path / "file"
    file.write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("DESKTOP_LLM_HOME", str(file / "home"))
    done = desktop_llm(*command)
    assert done.returncode == 1
    assert str(file) in done.stderr
    assert "Traceback" not in done.stderr


def test_no_command_but_ask_imports_torch_or_qt() -> None:
    code = (
        "import sys; from desktop_llm import cli; cli.run(['models', 'list']);"
        "print([n for n in ('torch', 'PySide6', 'transformers') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True,
        env=os.environ,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"


def test_chats_are_listed_shown_found_and_deleted(
    chat: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["chats", "list", "--json"]) == 0
    assert [one["id"] for one in json.loads(capsys.readouterr().out)] == [chat]
    assert cli.run(["chats", "show", chat[:8]]) == 0
    assert "lighthouse" in capsys.readouterr().out
    assert cli.run(["chats", "search", "灯塔"]) == 0
    assert chat[:8] in capsys.readouterr().out
    assert cli.run(["chats", "delete", chat]) == 0
    assert cli.run(["chats", "show", chat]) != 0
    capsys.readouterr()
    assert cli.run(["chats", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_personal_data_in_a_chat_is_told_and_masked_where_that_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    paths = find_paths()
    paths.prepare()
    history = open_history(paths)
    now = SystemClock().now()
    history.add_conversation(Conversation("p" * 8, "Mail", now, now))
    history.add_message(Message("m", "p" * 8, None, Role.USER, "I am ada@example.org.", now))
    history.close()
    assert cli.run(["chats", "show", "pppppppp"]) == 0
    told = capsys.readouterr()
    assert "ada@example.org" in told.out
    assert "personal data: 1" in told.err
    assert cli.run(["chats", "show", "pppppppp", "--json", "--mask-personal"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["messages"][0]["text"] == "I am █."
    assert told.err == ""


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_number_that_answers_a_question_is_told_and_masked_in_both_forms(
    capsys: pytest.CaptureFixture[str], form: list[str]
) -> None:
    paths = find_paths()
    paths.prepare()
    history = open_history(paths)
    now = SystemClock().now()
    history.add_conversation(Conversation("p" * 8, "Call", now, now))
    asks, number = "What is your phone number?", "030 1234567"
    history.add_message(Message("q", "p" * 8, None, Role.ASSISTANT, asks, now))
    history.add_message(Message("m", "p" * 8, "q", Role.USER, f"{number}, thanks", now))
    history.close()
    assert cli.run(["chats", "show", "pppppppp", *form]) == 0
    told = capsys.readouterr()
    assert number in told.out
    assert "personal data: 1" in told.err
    assert cli.run(["chats", "show", "pppppppp", *form, "--mask-personal"]) == 0
    told = capsys.readouterr()
    assert number not in told.out
    assert "█, thanks" in told.out


def test_where_an_adapter_lies_is_not_listed(capsys: pytest.CaptureFixture[str]) -> None:
    paths = find_paths()
    paths.prepare()
    history = open_history(paths)
    now = SystemClock().now()
    sampling = SamplingSettings(adapter="/home/ada/style")
    history.add_conversation(Conversation("a" * 8, "Style", now, now, sampling=sampling))
    history.close()
    assert cli.run(["chats", "list", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["title"], listed["sampling"]) == ("Style", {"adapter": "style"})


def test_a_pin_locks_the_filter_on_the_command_line_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    paths = find_paths()
    paths.prepare()
    SettingsFile(paths).pin.set("2468")
    change = ["settings", "set", "safety.level", "strict"]
    assert cli.run(change) == 2
    assert "locked with a PIN" in capsys.readouterr().err
    assert cli.run([*change, "--pin", "1357"]) == 2
    assert cli.run([*change, "--pin", "2468"]) == 0
    assert "safety.level = strict" in capsys.readouterr().out
    assert cli.run(["settings", "set", "appearance.zoom", "110"]) == 0


def test_settings_are_shown_set_and_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["settings", "set", "sampling.temperature", "0.3"]) == 0
    assert cli.run(["settings", "show"]) == 0
    shown = capsys.readouterr().out
    assert "sampling.temperature" in shown
    assert "0.3" in shown
    assert cli.run(["settings", "set", "sampling.temperature", "9"]) == 2
    assert "from 0 to 2" in capsys.readouterr().err
    assert cli.run(["settings", "set", "safety.guard.labels", "LABEL_1 = hatred"]) == 2
    assert "one of these: profanity, slurs" in capsys.readouterr().err
    assert cli.run(["settings", "set", "safety.guard.labels", "a=b = hate, bad=harm"]) == 0
    assert SettingsFile(find_paths()).values.safety.guard.labels == ("a=b = hate", "bad=harm")
    for given, kept in (("none,", ("none",)), ("None", None)):
        assert cli.run(["settings", "set", "sampling.stop", given]) == 0
        assert SettingsFile(find_paths()).values.sampling.stop == kept


def test_doctor_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert __version__ in capsys.readouterr().out
    assert cli.run(["doctor"]) == 0
    told = capsys.readouterr().out
    for word in ("Python", "torch", "guide", os.environ["DESKTOP_LLM_HOME"]):
        assert word.lower() in told.lower()


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("command", [["chats", "list"], ["doctor"]])
def test_a_history_that_a_link_leads_to_in_vain_is_not_taken_for_none(
    capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    find_paths().history.symlink_to(find_paths().home / "unplugged" / "history.db")
    assert cli.run(command) == 1
    told = capsys.readouterr()
    assert "Plug in the drive" in told.out + told.err
    assert find_paths().history.is_symlink()


def test_commands_go_on_where_no_log_can_be_kept(
    chat: str, capsys: pytest.CaptureFixture[str]
) -> None:
    crash_file(find_paths()).mkdir()
    assert cli.run(["chats", "list"]) == 0
    told = capsys.readouterr()
    assert chat[:8] in told.out
    assert told.err.count("keeps no log") == 1


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("models list", "settings"),
        ("models list", "model_notes"),
        ("models search x", "settings"),
        ("models download a/b", "settings"),
        ("models remove guide", "model_notes"),
        ("safety policy export", "presets"),
        ("chats import nothing", "settings"),
        ("ask Hi --max-new-tokens 1", "settings"),
        ("ask Hi --max-new-tokens 1", "model_notes"),
    ],
)
def test_every_command_tells_once_of_a_file_that_it_sets_aside(
    capsys: pytest.CaptureFixture[str], command: str, name: str
) -> None:
    path = getattr(find_paths(), name)
    path.write_text("x = [", encoding="utf-8")
    cli.run(command.split())
    assert capsys.readouterr().err.count(f"it is {path.name}.broken-") == 1
    assert not path.exists()


@pytest.mark.parametrize("command", ["models download a/b", "ask Hi --max-new-tokens 1"])
def test_a_command_tells_once_of_a_value_that_it_cannot_use(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    find_paths().settings.write_text("[sampling]\ntemperature = 99\n", encoding="utf-8")
    cli.run(command.split())
    assert capsys.readouterr().err.count("sampling.temperature") == 1


@pytest.mark.parametrize(
    "command",
    [
        "models list",
        "models info guide",
        "settings show",
        "network log",
        "safety policy export",
        "doctor",
    ],
)
def test_a_bug_of_any_command_is_in_the_log_that_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def broken(text: str) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(terminal, "write", broken)
    assert cli.run(command.split()) == 1
    assert "The log has the details" in capsys.readouterr().err
    assert "RuntimeError: out of order" in log_file(find_paths()).read_text("utf-8")


@pytest.mark.skipif(os.name == "nt", reason="asks a shell")
@pytest.mark.parametrize(
    "command",
    [
        "models list >&-",
        "models verify guide 2>&-",
        "models verify guide <&- >&- 2>&-",
    ],
)
def test_a_closed_stream_changes_nothing_but_what_is_seen(command: str) -> None:
    line = f'"$0" -m desktop_llm {command}'
    done = subprocess.run(
        ["sh", "-c", line, sys.executable], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0


def test_a_window_that_cannot_open_is_no_error_without_a_console(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    assert entry._refuse("there is no display") == 1


@pytest.mark.parametrize("checkout", [True, False])
def test_what_is_missing_is_told_with_a_command_that_this_copy_has(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    checkout: bool,
) -> None:
    if checkout:
        (tmp_path / "Makefile").touch()
    monkeypatch.setattr(entry, "__file__", str(tmp_path / "desktop_llm" / "__main__.py"))
    monkeypatch.setitem(sys.modules, "desktop_llm.app", None)  # its import fails
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert entry._open_window(Launch()) == 1
    told = capsys.readouterr().err
    assert ("`make run`" in told) is checkout
    assert ("`desktop-llm doctor`" in told) is not checkout
