"""What a person is told when a combination of keys cannot be had."""

from desktop_llm.core.errors import UserError
from desktop_llm.core.keys import Keys

BY_HAND = 'Bind the command "desktop-llm --quick-ask" to keys in the desktop\'s keyboard settings instead.'


def taken(keys: Keys) -> UserError:
    """Another program holds it."""
    return UserError(
        "{keys} cannot open the quick question.",
        "Another program has these keys.",
        "Choose other keys in Settings, General.",
        keys=str(keys),
    )


def impossible() -> UserError:
    """The desktop lets no program hold keys."""
    return UserError(
        "No keys can open the quick question from other programs.",
        "This desktop does not let programs ask for keys.",
        BY_HAND,
    )
