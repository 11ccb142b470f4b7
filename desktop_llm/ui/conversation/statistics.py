"""What is said under a reply, quietly: counts, speed, and why it ended if that was not by itself."""

from PySide6.QtCore import QCoreApplication, QLocale

from desktop_llm.core.events import CUT_OFF, EndReason
from desktop_llm.core.messages import Message, MessageState
from desktop_llm.core.personal import SIGN
from desktop_llm.core.thinking import split_thinking


def _tr(text: str) -> str:
    return QCoreApplication.translate("Statistics", text)


def end_words(message: Message) -> str:
    """Why a reply ended, "" where it ended by itself or is still being written."""
    if message.state is MessageState.INTERRUPTED:
        return _tr("interrupted: the app was closed")
    words = {
        EndReason.LENGTH: _tr("ended at the length limit"),
        EndReason.REPETITION: _tr("ended: it was repeating itself"),
        EndReason.CANCELLED: _tr("stopped"),
        EndReason.BLOCKED: _tr("blocked by the safety filter"),
        EndReason.FAILED: _tr("failed"),
    }
    return words.get(message.end_reason, "") if message.end_reason else ""


def statistics(message: Message) -> tuple[str, ...]:
    """Tokens, tokens per second, time to first token; empty where nothing was measured."""
    usage, numbers = message.usage, QLocale()
    if usage is None or message.state is MessageState.STREAMING or not usage.new_tokens:
        return ()
    parts = [_tr("{count} tokens").format(count=numbers.toString(usage.new_tokens))]
    if usage.tokens_per_s:
        digits = 0 if usage.tokens_per_s >= 20 else 1
        parts.append(
            _tr("{speed} tok/s").format(speed=numbers.toString(usage.tokens_per_s, "f", digits))
        )
    digits = 1 if usage.ttft_s >= 0.1 else 2
    seconds = numbers.toString(usage.ttft_s, "f", digits)
    parts.append(_tr("first token {seconds} s").format(seconds=seconds))
    return tuple(parts)


def thinking_seconds(message: Message) -> float:
    """About how long a reply was thought over: its share of the text, of the time it took.

    0 where nothing was measured; seconds otherwise.
    """
    usage, split = message.usage, split_thinking(message.text)
    if usage is None or not usage.tokens_per_s or not split.thinking:
        return 0.0
    share = len(split.thinking) / max(1, len(split.thinking) + len(split.answer))
    return usage.ttft_s + share * usage.new_tokens / usage.tokens_per_s


def can_continue(message: Message) -> bool:
    """Whether the model could go on with a reply."""
    return _cut_off(message) and not cut_in_hidden(message)


def cut_in_hidden(message: Message) -> bool:
    """Whether a reply was cut off where the safety filter hid something: perhaps the first half of a
    key, whose other half the filter would not know for one and show."""
    return _cut_off(message) and message.text.endswith(SIGN)


def _cut_off(message: Message) -> bool:
    cut = message.end_reason in CUT_OFF or message.state is MessageState.INTERRUPTED
    return cut and bool(message.text)
