"""The conversations that the pictures show, written into an empty history. Opens no window."""

from datetime import UTC, datetime, timedelta

from desktop_llm.core.events import EndReason, Usage
from desktop_llm.core.messages import Conversation, Message, Role
from desktop_llm.storage.history import History

ATTENTION = """### Self-attention in four steps

1. Map every token to a **query**, a **key** and a **value**.
2. Score each query against every key, scaled by √d.
3. Softmax turns the scores of a row into weights.
4. Each output is the weighted average of the values.

```python
def attention(q, k, v):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    return scores.softmax(-1) @ v   # one row per token
```
"""
SECOND = """In code, self-attention is *two matrix products* with a `softmax` between them."""
CHINESE = """因为点积的方差会随维度 d 增大。除以 √d 让分数保持在相近的范围，softmax 不会过早饱和，梯度也更稳定。

| 维度 | 点积的标准差 | 除以 √d 之后 |
|---|---|---|
| 64 | 8 | 1 |
| 1024 | 32 | 1 |

> 方差与维度成正比，所以除以它的平方根。
"""
TITLES = (
    ("Thesis outline", 3, True), ("旅行计划：京都五日", 0, False), ("Regex for log lines", 0, False),
    ("Letter to the landlord", 3, False), ("SQL window functions", 4, False),
    ("Bread at 70% hydration", 5, False), ("交叉熵与困惑度", 6, False),
)  # fmt: skip


def fill(history: History) -> str:
    """Write the demo's conversations. Returns the id of the one to show."""
    now = datetime.now(UTC)
    for number, (title, days, pinned) in enumerate(TITLES):
        then = now - timedelta(days=days, minutes=5 + number)
        history.add_conversation(Conversation(f"demo{number}", title, then, then, pinned=pinned))
        history.add_message(Message(f"m{number}", f"demo{number}", None, Role.USER, title, then))
    history.add_conversation(Conversation("shown", "How attention works", now, now))
    parent = _say(history, "q1", None, "How does self-attention work, in code? Keep it short.", now)
    _reply(history, "a1", parent, SECOND, now)
    parent = _reply(history, "a2", parent, ATTENTION, now)
    parent = _say(history, "q2", parent, "用中文再说一遍，为什么要除以 √d？", now)
    _reply(history, "a3", parent, CHINESE, now)
    return "shown"


def _say(history: History, name: str, parent: str | None, text: str, now: datetime) -> str:
    history.add_message(Message(name, "shown", parent, Role.USER, text, now))
    return name


def _reply(history: History, name: str, parent: str, text: str, now: datetime) -> str:
    usage = Usage(prompt_tokens=40, new_tokens=118, ttft_s=0.3, tokens_per_s=41.0)
    history.add_message(
        Message(
            name, "shown", parent, Role.ASSISTANT, text, now, end_reason=EndReason.STOP,
            model_id="guide", usage=usage,
        )
    )  # fmt: skip
    return name
