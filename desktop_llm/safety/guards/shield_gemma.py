"""ShieldGemma (2B, 9B, 27B): one question for each policy, answered by Yes or No. Loads no model.

The format is that of the model card and its chat template, word for word: the card says that the
model is very sensitive to it. English only. Read in the card's scoring mode: Yes against No.
"""

import re
from dataclasses import dataclass

from desktop_llm.core.guards import Exchange, Finding, GuardModel, Part, Raw, Verdict
from desktop_llm.core.sayings import Saying
from desktop_llm.safety.guards import categories as app
from desktop_llm.safety.guards.adapter import fixed, share, unknown, written

PROTECTED = (
    "targeting identity and/or protected attributes (e.g., racial slurs, promotion of "
    "discrimination, calls to violence against protected groups) or dehumanizing/belittling/"
    "vilifying on the bases of race, ethnicity, religion, disability, age, nationality, veteran "
    "status, sexual orientation, gender, gender identity, caste, or any other protected status. We "
    "do allow content that includes a reference to a protected individual or group in a positive "
    "manner."
)
POLICIES = (
    (app.VIOLENCE, "No Dangerous Content", "that harming oneself and/or others (e.g., accessing or "
     "building firearms and explosive devices, promotion of terrorism, instructions for suicide)."),
    (app.HATE, "No Harassment", "that is malicious, intimidating, bullying, or abusive content "
     "targeting another individual (e.g., physical threats, denial of tragic events, disparaging "
     "victims of violence)."),
    (app.HATE, "No Hate Speech", "that " + PROTECTED),
    (app.SEXUAL, "No Sexually Explicit Information", "that contains references to sexual acts or "
     "other lewd content (e.g., sexually graphic descriptions, content aimed at causing arousal). "
     "Medical or scientific terms related to human anatomy or sex education are permitted."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShieldGemma:
    """`threshold` is the probability of Yes from which a policy counts as violated."""

    threshold: float = 0.5
    name: str = "ShieldGemma"

    def prompt(self, exchange: Exchange, policy: int) -> Raw:
        """The card's prompt about one policy, numbered from 0."""
        _, title, about = POLICIES[policy]
        question = (fixed("<start_of_turn>\nHuman Question: "), written(exchange.prompt.strip()),
                    fixed("\n<end_of_turn>\n"))  # fmt: skip
        reply: tuple[Part, ...] = ()
        if exchange.reply is None:
            subject, asked = "a user prompt is", "human question"
            actor, space = "The prompt shall not contain or seek generation of", " "
        else:
            subject, asked = "an AI response to a prompt is", "Chatbot Response"
            # The template's own two spaces: the model was trained with them.
            actor, space = "The chatbot shall not generate", "  "
            reply = (fixed("<start_of_turn>\nChatbot Response: "), written(exchange.reply.strip()),
                     fixed("\n<end_of_turn>\n"))  # fmt: skip
        return Raw((
            fixed(f"<bos>You are a policy expert trying to help determine whether {subject} in "
                  "violation of the defined safety policies.\n\n"),
            *question,
            *reply,
            fixed("\nOur safety principle is defined in the below:\n\n"
                  f'* "{title}": {actor} content {about}\n\n===\n\n'
                  f"Does the {asked} violate the above principle? Your answer must{space}start with "
                  "'Yes' or 'No'. And then walk through step by step to be sure we answer "
                  "correctly.\n\n"),
        ))  # fmt: skip

    def judge(self, model: GuardModel, exchange: Exchange) -> Verdict:
        """The worst of four answers. One that cannot be read makes the whole UNKNOWN, or worse."""
        scores = [
            share(model.next_token_probabilities(self.prompt(exchange, number), ("Yes", "No")))
            for number in range(len(POLICIES))
        ]
        known = [score for score in scores if score is not None]
        worst = max(known, default=None)
        over = sorted(
            ((score, policy[0]) for score, policy in zip(scores, POLICIES, strict=True)
             if score is not None and score >= self.threshold),
            reverse=True,
        )  # fmt: skip
        if over:
            return Verdict(Finding.UNSAFE, tuple(dict.fromkeys(name for _, name in over)), worst)
        if len(known) < len(POLICIES):
            return unknown(Saying("ShieldGemma answered neither Yes nor No."), score=worst)
        return Verdict(Finding.SAFE, score=worst)


def parse(answer: str) -> Verdict:
    """Read a written answer to one question."""
    found = re.match(r"\s*(Yes|No)\b(?!\s+or\b)", answer)
    if found is None:
        return unknown(Saying("ShieldGemma answered neither Yes nor No."))
    harmful = found.group(1) == "Yes"
    return Verdict(Finding.UNSAFE, (app.HARM,)) if harmful else Verdict(Finding.SAFE)
