"""A policy as one TOML file that people can read, change and give away. Knows no rule.

Where a file says something that is not known or not allowed it is refused as a whole: half a policy
would be taken for a whole one.
"""

import tomllib
from pathlib import Path

import tomli_w

from desktop_llm.core import settings_tree
from desktop_llm.core.errors import UsageError
from desktop_llm.core.policy import Policy
from desktop_llm.core.sayings import Saying, together

HEADER = """\
# A safety policy of Desktop LLM.
# level: off, balanced or strict. Under [replies] and [prompts], a category may have an action of its
# own: allow, warn, mask or block; where it has none, the level decides. `desktop-llm settings show`
# lists all categories; `desktop-llm safety check --policy FILE` tries this file.

"""


POLICY = Saying("The policy")


def policy_to_toml(policy: Policy) -> str:
    """The file's text: everything that differs from the defaults, and the level."""
    data = {"level": policy.level.value} | settings_tree.to_dict(policy, only_changed=True)
    return HEADER + tomli_w.dumps(data)


def policy_from_toml(text: str, name: Saying = POLICY) -> Policy:
    """The policy that a file's text says. Raises UsageError, naming every line that is refused."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:  # the latter: nested without end
        raise UsageError(
            "{name} is not TOML.", "{error}.", "Mend or export it again.", name=name, error=error
        ) from error
    policy, problems = settings_tree.from_dict(Policy, data)
    if problems:
        raise UsageError("{name} was not taken.", together(problems), name=name)
    return policy


def read_policy(path: Path) -> Policy:
    """The policy in a file. Raises UsageError where it cannot be read or says what is not known."""
    try:
        text = path.read_text("utf-8-sig")  # some editors put a mark in front
    except (OSError, UnicodeDecodeError) as error:
        why = (
            Saying("It is not UTF-8 text.")
            if isinstance(error, UnicodeDecodeError)
            else Saying("The system says: {error}.", error=error.strerror)
        )
        raise UsageError("The policy {path} cannot be read.", why, path=path) from error
    return policy_from_toml(text, Saying("The policy {path}", path=path))
