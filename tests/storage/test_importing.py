"""A conversation goes out and comes in again, whole and beside the old one; what is not ours is refused."""

import dataclasses
import json
from codecs import BOM_UTF8
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from making import conversation, message

from desktop_llm.core.errors import StoreError
from desktop_llm.core.events import EndReason, Usage
from desktop_llm.core.messages import Conversation, Message, MessageState, Role
from desktop_llm.core.sampling import SamplingSettings
from desktop_llm.storage.export import to_json
from desktop_llm.storage.importing import read_file
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import find_paths

SAMPLING = SamplingSettings(temperature=0.5, stop=("END",), seed=7)
USAGE = Usage(10, 2, 30, 0.25, 40.5, 7)
WHOLE = conversation(
    "c",
    title="灯塔 \ud83d",
    leaf_id="b2",
    pinned=True,
    system_prompt="Be brief.",
    sampling=SAMPLING,
)
MESSAGES = (
    message("a", text="Where is the lighthouse?"),
    message(
        "b1", "a", role=Role.ASSISTANT, end_reason=EndReason.STOP, usage=USAGE, model_id="guide"
    ),
    message("b2", "a", role=Role.ASSISTANT, state=MessageState.STREAMING, sampling=SAMPLING),
)


def without_ids(messages: tuple[Message, ...]) -> list[Message]:
    """The messages with their ids replaced by their places."""
    places: dict[str | None, str | None] = {None: None}
    places |= {one.id: str(place) for place, one in enumerate(messages)}
    return [
        dataclasses.replace(
            one, id=str(places[one.id]), parent_id=places[one.parent_id], conversation_id=""
        )
        for one in messages
    ]


def exported(folder: Path, whole: Conversation, messages: tuple[Message, ...]) -> Path:
    path = folder / "export.llmchat"
    path.write_text(to_json(whole, messages), encoding="utf-8", errors="replace")
    return path


def test_an_export_comes_back_with_every_field_beside_the_one_that_is_there(tmp_path: Path) -> None:
    paths = find_paths()
    paths.prepare()
    history = open_history(paths)
    history.add_whole(WHOLE, MESSAGES)
    path = exported(tmp_path, history.conversation("c"), history.messages("c"))
    for _ in range(2):
        history.add_whole(*read_file(path))
    there = history.conversations()
    assert len({one.id for one in there}) == 3
    old = history.conversation("c")
    for new in there:
        same = dataclasses.replace(new, id=old.id, leaf_id=old.leaf_id)
        assert same == old
        messages = history.messages(new.id)
        assert new.leaf_id == messages[2].id
        came = [
            dataclasses.replace(one, state=MessageState.STREAMING)
            if one.state is MessageState.INTERRUPTED
            else one
            for one in messages
        ]
        assert without_ids(tuple(came)) == without_ids(history.messages("c"))
        assert (messages[2].state is MessageState.INTERRUPTED) == (new.id != "c")
    assert len(history.search("lighthouse")) == 3
    history.close()


def test_a_byte_order_mark_of_an_editor_breaks_no_export(tmp_path: Path) -> None:
    path = exported(tmp_path, WHOLE, MESSAGES)
    path.write_bytes(BOM_UTF8 + path.read_bytes())
    assert len(read_file(path)[1]) == len(MESSAGES)


def damage(**changes: Any) -> Callable[[dict[str, Any]], None]:
    def act(content: dict[str, Any]) -> None:
        for name, value in changes.items():
            content["messages"][-1][name] = value

    return act


@pytest.mark.parametrize(
    "act",
    [
        damage(parent_id="nobody"),
        damage(parent_id="b2"),
        damage(id="a"),
        damage(role="king"),
        damage(text=3),
        damage(created="yesterday"),
        damage(created="2026-01-01T00:00:00"),
        damage(created="0001-01-01T00:00:00+14:00"),
        damage(created="1970-12-31T23:59:59+00:00"),
        damage(created="9999-12-31T23:59:59+00:00"),
        damage(sampling={"temperature": 99}),
        damage(sampling={"temperature": 10**400}),
        damage(sampling={"top_k": 10**30}),
        damage(sampling={"stop": ["a", 1]}),
        damage(sampling=["temperature"]),
        damage(usage={"prompt_tokens": "many"}),
        damage(usage={"prompt_tokens": 10**30}),
        damage(usage={"new_tokens": -1}),
        damage(usage={"new_tokens": 1.5}),
        damage(usage={"new_tokens": True}),
        damage(usage={"seed": 10**30}),
        damage(usage={"ttft_s": float("nan")}),
        damage(usage={"ttft_s": 10**400}),
        damage(usage={"tokens_per_s": float("inf")}),
        damage(usage=[1]),
        damage(end_reason="bored"),
        lambda content: content["conversation"].update(leaf_id="nobody"),
        lambda content: content["conversation"].update(updated="0001-01-01T00:00:00+14:00"),
        lambda content: content["conversation"].update(created="9999-12-31T23:59:59Z"),
        lambda content: content["conversation"].update(sampling={"seed": 2**64}),
        lambda content: content.pop("messages"),
        lambda content: content.update(messages=[1, 2]),
        lambda content: content.update(format="something else"),
        lambda content: content.update(version=2),
    ],
)
def test_what_was_changed_is_refused_in_whole(
    tmp_path: Path, act: Callable[[dict[str, Any]], None]
) -> None:
    content = json.loads(to_json(WHOLE, MESSAGES))
    act(content)
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(StoreError) as told:
        read_file(path)
    assert str(path) in str(told.value)
    assert told.value.todo


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"[]", b"{", b"[" * 200_000, b"null"])
def test_what_is_no_export_at_all_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.json"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="“Export as JSON…” in a conversation's menu"):
        read_file(path)
    with pytest.raises(StoreError):
        read_file(tmp_path / "missing.json")


def test_no_file_says_which_adapter_is_read(tmp_path: Path) -> None:
    content = json.loads(to_json(WHOLE, MESSAGES))
    content["conversation"]["sampling"] = {
        "adapter": r"\\elsewhere\share",
        "adapter_scale": 2,
        "top_k": 5,
    }
    path = tmp_path / "a.llmchat"
    path.write_text(json.dumps(content), encoding="utf-8")
    whole, _ = read_file(path)
    assert whole.sampling == SamplingSettings(top_k=5)


def test_half_a_surrogate_pair_is_replaced_in_every_text(tmp_path: Path) -> None:
    content = json.loads(to_json(WHOLE, MESSAGES))
    content["conversation"] |= {
        "title": "\ud83d",
        "sampling": {"stop": ["\ud83d", "END"], "answer_pattern": "\ud83d"},
    }
    content["messages"][-1] |= {"text": "\ud83d", "sampling": {"banned_phrases": ["\ud83d"]}}
    path = tmp_path / "halves.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    whole, messages = read_file(path)
    assert whole.title == messages[-1].text == "\ufffd"
    assert whole.sampling == SamplingSettings(stop=("\ufffd", "END"), answer_pattern="\ufffd")
    assert messages[-1].sampling == SamplingSettings(banned_phrases=("\ufffd",))
    to_json(whole, messages).encode("utf-8")  # it can go out again
