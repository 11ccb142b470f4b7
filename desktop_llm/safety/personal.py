"""Finds personal data and secrets in a text, whatever the policy does about them. Keeps nothing."""

import dataclasses

from desktop_llm.core.personal import Findings
from desktop_llm.core.policy import CATEGORIES, Actions, FilterAction, Level, Policy
from desktop_llm.core.ports import Watch
from desktop_llm.safety.filter import filter_text

_ACTIONS = Actions(
    **dict.fromkeys(CATEGORIES, FilterAction.ALLOW)
    | dict.fromkeys(("personal", "secrets"), FilterAction.MASK)
)


def find_personal(policy: Policy, text: str, watch: Watch | None = None) -> Findings:
    """The personal data in a text, of the kinds that the policy looks for.

    What the policy always allows is left alone here too. `watch` is told of every piece that was read.
    """
    looking = dataclasses.replace(
        policy, level=Level.BALANCED, words=(), patterns=(), replies=_ACTIONS
    )
    return Findings(text, filter_text(looking, text, watch).found)
