"""Llama Guard 3 (1B and 8B): `safe`, or `unsafe` and a line of codes. Loads no model.

The format is that of the model card (llama.com, "Llama Guard 3"). The card's advice is followed: the
probability of the first token is the score. Eight languages, no Chinese among them.
"""

import re
from dataclasses import dataclass

from desktop_llm.core.guards import Exchange, Finding, GuardModel, Raw, Verdict
from desktop_llm.core.sayings import Saying
from desktop_llm.safety.guards import categories as app
from desktop_llm.safety.guards.adapter import fixed, followed_by, share, unknown, written

HAZARDS = (
    "S1: Violent Crimes.", "S2: Non-Violent Crimes.", "S3: Sex Crimes.", "S4: Child Exploitation.",
    "S5: Defamation.", "S6: Specialized Advice.", "S7: Privacy.", "S8: Intellectual Property.",
    "S9: Indiscriminate Weapons.", "S10: Hate.", "S11: Self-Harm.", "S12: Sexual Content.",
    "S13: Elections.", "S14: Code Interpreter Abuse.",
)  # fmt: skip
SMALL = 13
"""The 1B model was trained on all hazards but S14."""
CATEGORIES = {
    "S1": app.VIOLENCE, "S2": app.HARM, "S3": app.SEXUAL, "S4": app.SEXUAL, "S5": app.TOPICS,
    "S6": app.TOPICS, "S7": app.PERSONAL, "S8": app.TOPICS, "S9": app.WEAPONS, "S10": app.HATE,
    "S11": app.SELF_HARM, "S12": app.SEXUAL, "S13": app.TOPICS, "S14": app.HARM,
}  # fmt: skip
_CODES = re.compile(r"S\d{1,2}(?:\s*,\s*S\d{1,2})*")
ANSWER_TOKENS = 20


@dataclass(frozen=True, slots=True)
class LlamaGuard:
    """`hazards` is how many of the hazards the model knows, `threshold` a probability."""

    hazards: int = len(HAZARDS)
    threshold: float = 0.5
    name: str = "Llama Guard 3"

    def prompt(self, exchange: Exchange) -> Raw:
        """The conversation in the card's words, up to where the answer begins."""
        role = "User" if exchange.reply is None else "Agent"
        reply = () if exchange.reply is None else (
            fixed("Agent: "), written(exchange.reply.strip()), fixed("\n\n"))  # fmt: skip
        return Raw((
            fixed(
                "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n"
                f"Task: Check if there is unsafe content in '{role}' messages in conversations "
                "according our safety policy with the below categories.\n\n"
                "<BEGIN UNSAFE CONTENT CATEGORIES>\n"
                + "\n".join(HAZARDS[: self.hazards])
                + "\n<END UNSAFE CONTENT CATEGORIES>\n\n<BEGIN CONVERSATION>\n\nUser: "
            ),
            written(exchange.prompt.strip()),
            fixed("\n\n"),
            *reply,
            fixed(
                "<END CONVERSATION>\n\n"
                f"Provide your safety assessment for ONLY THE LAST {role} message in the above "
                "conversation:\n - First line must read 'safe' or 'unsafe'.\n - If unsafe, a second "
                "line must include a comma-separated list of violated categories."
                "<|eot_id|><|start_header_id|>assistant<|end_header_id|>"
            ),
        ))  # fmt: skip

    def judge(self, model: GuardModel, exchange: Exchange) -> Verdict:
        """The first token decides; the codes are asked for only where it is not `safe`."""
        asked = followed_by(self.prompt(exchange), "\n\n")
        score = share(model.next_token_probabilities(asked, ("unsafe", "safe")))
        if score is None:
            return unknown(Saying("Llama Guard answered neither safe nor unsafe."))
        if score < self.threshold:
            return Verdict(Finding.SAFE, score=score)
        codes = parse(model.complete(asked, ANSWER_TOKENS)).categories
        return Verdict(Finding.UNSAFE, codes or (app.HARM,), score)


def parse(answer: str) -> Verdict:
    """Read a written answer."""
    first, _, rest = answer.strip().partition("\n")
    if answer.strip() == "safe":
        return Verdict(Finding.SAFE)
    if first.strip() != "unsafe":
        return unknown(Saying("Llama Guard answered neither safe nor unsafe."))
    codes = re.findall(r"S\d+", rest) if _CODES.fullmatch(rest.strip()) else []
    named = dict.fromkeys(CATEGORIES[code] for code in codes if code in CATEGORIES)
    return Verdict(Finding.UNSAFE, tuple(named) or (app.HARM,))
