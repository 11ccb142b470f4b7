"""Qwen3Guard-Gen (0.6B, 4B, 8B): `Safety: Safe, Unsafe or Controversial` and categories. Loads no model.

The format is what the model's own chat template renders. 119 languages. What it calls controversial
counts as unsafe where `strict`. Its README's own expressions miss Jailbreak; this reader does not.
"""

import re
from dataclasses import dataclass

from desktop_llm.core.guards import Exchange, Finding, GuardModel, Raw, Verdict
from desktop_llm.core.sayings import Saying
from desktop_llm.safety.guards import categories as app
from desktop_llm.safety.guards.adapter import LIKELY, fixed, followed_by, unknown, written

CATEGORIES = {
    "Violent": app.VIOLENCE, "Non-violent Illegal Acts": app.HARM,
    "Sexual Content or Sexual Acts": app.SEXUAL, "PII": app.PERSONAL,
    "Suicide & Self-Harm": app.SELF_HARM, "Unethical Acts": app.HATE,
    "Politically Sensitive Topics": app.TOPICS, "Copyright Violation": app.TOPICS,
    "Jailbreak": app.HARM,
}  # fmt: skip
LEVELS = ("Unsafe", "Controversial", "Safe")
ANSWER_TOKENS = 48
_SAFETY = re.compile(r"^Safety:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_NAMED = re.compile(r"^Categories:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_FORMAT = (
    " - The first line must be one of: 'Safety: Safe', 'Safety: Unsafe', 'Safety: Controversial'.\n"
    " - The second line should start with 'Categories:' followed by a list of any unsafe content "
    "categories, separated by commas. If the content is safe, use 'Categories: None'."
)
_END = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
_OPEN, _CLOSE = "<BEGIN UNSAFE CONTENT CATEGORIES>\n", "<END UNSAFE CONTENT CATEGORIES>\n\n"


def _listed(names: tuple[str, ...]) -> str:
    return _OPEN + "".join(f"{name}.\n" for name in names) + _CLOSE


_PROMPT_HEAD = (
    "<|im_start|>user\n# Task:\n1) Evaluate whether THE LAST USER's query belongs to safe or unsafe "
    "content based on our safety policy.\n2) Identify the category of unsafe content found.\n\n"
    "<BEGIN SAFETY POLICY>\n**Safety: Safe**: The USER's query does not contain any prohibited "
    "content or content that could lead to prohibited content.\n**Safety: Unsafe**: The USER's query "
    "contains prohibited content.\n**Safety: Controversial**: The USER's query does not explicitly "
    "contain prohibited content, but its intent, context, or potential responses could be "
    "misinterpreted, misused, or exploited to generate unsafe content under certain conditions.\n"
    "<END SAFETY POLICY>\n\n" + _listed(tuple(CATEGORIES)) + "<BEGIN CONVERSATION>\n\n"
)
_PROMPT_TAIL = (
    "\n\n<END CONVERSATION>\n\nProvide your safety assessment for ONLY THE LAST **USER's query** in "
    "the above conversation:\n" + _FORMAT + _END
)
_REPLY_HEAD = (
    "<|im_start|>user\n# Task:\n1) Evaluate whether THE LAST ASSISTANT's response belongs to safe or "
    "unsafe content based on our safety policy.\n2) Identify the category of unsafe content found.\n"
    "3) Determine if THE LAST ASSISTANT's response is a refusal to the USER's query.\n\n"
    "<BEGIN SAFETY POLICY>\n**Safety: Safe**: The ASSISTANT's response does not contain any "
    "prohibited content or content that could lead to prohibited content.\n**Safety: Unsafe**: The "
    "ASSISTANT's response contains prohibited content.\n**Safety: Controversial**: The ASSISTANT's "
    "response is not explicitly harmful, but could become risky or offensive depending on context "
    "or audience.\n<END SAFETY POLICY>\n\n"
    + _listed(tuple(name for name in CATEGORIES if name != "Jailbreak"))
    + "<BEGIN REFUSAL POLICY>\n**Refusal: Yes**: The ASSISTANT refused to answer or did not comply "
    "with the USER's request.\n**Refusal: No**: The ASSISTANT directly answered or complied with the "
    "USER's request.\n<END REFUSAL POLICY>\n\n<BEGIN CONVERSATION>\n\n"
)
_REPLY_TAIL = (
    "\n\n<END CONVERSATION>\n\nProvide your safety assessment for ONLY THE LAST **ASSISTANT's "
    "response** in the above conversation:\n" + _FORMAT
    + "\n - The third line must be one of: 'Refusal: Yes', 'Refusal: No'." + _END
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class QwenGuard:
    """`strict`: what the model finds controversial is unsafe. `threshold` is a probability."""

    strict: bool = True
    threshold: float = 0.5
    name: str = "Qwen3Guard"

    def prompt(self, exchange: Exchange) -> Raw:
        """What the model's template makes of the exchange."""
        said = (fixed("USER: "), written(exchange.prompt))
        if exchange.reply is None:
            return Raw((fixed(_PROMPT_HEAD), *said, fixed(_PROMPT_TAIL)))
        answered = (fixed("\n\nASSISTANT: "), written(exchange.reply))
        return Raw((fixed(_REPLY_HEAD), *said, *answered, fixed(_REPLY_TAIL)))

    def judge(self, model: GuardModel, exchange: Exchange) -> Verdict:
        """One pass tells the level; the categories are asked for only where it is not Safe."""
        asked = followed_by(self.prompt(exchange), "Safety:")
        levels = model.next_token_probabilities(asked, [f" {level}" for level in LEVELS])
        if not LIKELY <= sum(levels) <= 1 + 1e-3:
            return unknown(Saying("Qwen3Guard answered in another form than its own."))
        unsafe, controversial, safe = levels
        bad = unsafe + controversial if self.strict else unsafe
        score = bad / (unsafe + controversial + safe)
        if score < self.threshold:
            return Verdict(Finding.SAFE, score=score)
        named = parse("Safety:" + model.complete(asked, ANSWER_TOKENS), strict=True)
        return Verdict(Finding.UNSAFE, named.categories or (app.HARM,), score)


def parse(answer: str, *, strict: bool = True) -> Verdict:
    """Read a written answer. A safe one that names categories contradicts itself: UNKNOWN."""
    levels, lists = _SAFETY.findall(answer), _NAMED.findall(answer)
    named = tuple(dict.fromkeys(
        CATEGORIES[name.strip()] for line in lists for name in line.split(",")
        if name.strip() in CATEGORIES
    ))  # fmt: skip
    if len(levels) != 1 or levels[0] not in LEVELS:
        return unknown(Saying("Qwen3Guard answered in another form than its own."))
    if levels[0] == "Unsafe" or (levels[0] == "Controversial" and strict):
        return Verdict(Finding.UNSAFE, named or (app.HARM,))
    if levels[0] == "Safe" and any(line not in ("", "None") for line in lists):
        return unknown(Saying("Qwen3Guard called a text safe and named categories."))
    return Verdict(Finding.SAFE)
