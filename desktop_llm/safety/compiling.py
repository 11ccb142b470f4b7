"""From a policy to rules made ready: which categories act, on which side, with what. Reads no text."""

import functools

from desktop_llm.core.policy import FilterAction, Policy, Side
from desktop_llm.safety.rule_files import rule_files, rules_of
from desktop_llm.safety.rules import Rule, pattern_rule, short_hash, word_rule
from desktop_llm.safety.text_filter import Compiled

OWN = "own"


@functools.lru_cache(maxsize=8)
def compiled(policy: Policy, side: Side) -> Compiled:
    """The rules that a policy sets to work on prompts or on replies. Equal policies share them."""
    return Compiled(rules_for(policy, side), policy.allowed)


def rules_for(policy: Policy, side: Side) -> tuple[Rule, ...]:
    """Every rule that does something there: those of the files, then the person's own."""
    rules = list(_own(policy, policy.action(OWN, side)))
    for file in rule_files():
        action = policy.action(file.category, side)
        if action is not FilterAction.ALLOW:
            rules += rules_of(file, action, policy.personal)
    allowed = frozenset(policy.allowed)
    return tuple(rule for rule in rules if rule.id not in allowed)


def _own(policy: Policy, action: FilterAction) -> list[Rule]:
    if action is FilterAction.ALLOW:
        return []
    # Named by what they say, not by their place: an id on the allow-list must go on meaning the same.
    words = [word_rule(f"own.{short_hash(word)}", OWN, action, (word,)) for word in policy.words]
    patterns = [
        pattern_rule(f"own.pattern.{short_hash(source)}", OWN, action, source)
        for source in policy.patterns
    ]
    return [*(rule for rule in words if rule is not None), *patterns]
