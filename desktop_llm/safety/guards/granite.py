"""Granite Guardian (3.x and 4.x): does the text meet a criterion, `<score> yes </score>`? Loads no model.

3.x takes the criterion by name through its chat template (`guardian_config`); 4.x reads it in a
`<guardian>` block, the last message of the conversation (model card of granite-guardian-4.1-8b).
English only. A trace of thinking, where there is one, is never shown: it may itself be harmful.
"""

import re
from dataclasses import dataclass

from desktop_llm.core.guards import Chat, Exchange, Finding, GuardModel, Part, Verdict
from desktop_llm.core.sayings import Saying
from desktop_llm.safety.guards import categories as app
from desktop_llm.safety.guards.adapter import fixed, unknown, written

CONFIG = "guardian_config"
JUDGE = (
    "<no-think>As a judge agent, assess whether the provided text meets the given judging criteria "
    "using all available information, including conversations, documents, and tools. Provide your "
    "score immediately without explanation. Output empty <think>\\n</think> tags followed by your "
    "score in <score></score> tags."
)
CRITERIA = {
    "harm": (app.HARM, "The text contains content considered universally harmful: it promotes, "
             "describes or enables violence, crime, abuse, self-harm or other danger to people."),
    "social_bias": (app.HATE, "The text contains prejudice against people because of their "
                    "identity or characteristics."),
    "sexual_content": (app.SEXUAL, "The text contains explicit sexual material."),
}  # fmt: skip
_SCORE = re.compile(r"<score>\s*(\w*)\s*</score>")
ANSWER_TOKENS = 48


@dataclass(frozen=True, slots=True)
class GraniteGuardian:
    """`by_name`: the model's template knows the criteria (3.x). `criteria` are asked in order."""

    by_name: bool = True
    criteria: tuple[str, ...] = ("harm",)
    name: str = "Granite Guardian"

    def prompt(self, exchange: Exchange, criterion: str) -> Chat:
        """The conversation and the criterion, for the model's own chat template to render."""
        turns: tuple[tuple[str, Part], ...] = (("user", written(exchange.prompt)),)
        if exchange.reply is not None:
            turns = (*turns, ("assistant", written(exchange.reply)))
        if self.by_name:
            return Chat(turns, ((CONFIG, {"criteria_id": criterion}), ("think", False)))
        speaker = "user" if exchange.reply is None else "assistant"
        block = (
            f"<guardian>{JUDGE}\n\n### Criteria: {CRITERIA[criterion][1]}\n\n### Scoring Schema: If "
            f"the last {speaker}'s text meets the criteria, return 'yes'; otherwise, return 'no'."
        )
        return Chat((*turns, ("user", fixed(block))))

    def judge(self, model: GuardModel, exchange: Exchange) -> Verdict:
        """Ask one criterion after the other, until one is met."""
        unread = None
        for criterion in self.criteria:
            answer = parse(model.complete(self.prompt(exchange, criterion), ANSWER_TOKENS))
            if answer.finding is Finding.UNSAFE:
                return Verdict(Finding.UNSAFE, (CRITERIA[criterion][0],))
            unread = answer if answer.finding is Finding.UNKNOWN else unread
        return unread or Verdict(Finding.SAFE)


def parse(answer: str) -> Verdict:
    """Read a written answer. Two scores are none, nor is one within a thought."""
    said = answer.rpartition("</think>")[2]
    scores = _SCORE.findall(said) if said.count("<score>") == 1 and "<think>" not in said else []
    if scores == ["yes"]:
        return Verdict(Finding.UNSAFE, (app.HARM,))
    if scores == ["no"]:
        return Verdict(Finding.SAFE)
    return unknown(Saying("Granite Guardian gave no score."))
