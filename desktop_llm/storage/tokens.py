"""The access token of the hub: in the system's keyring, or from HF_TOKEN for one run. Never in a file."""

import os
from collections.abc import Callable

from desktop_llm.core.errors import StoreError, UsageError
from desktop_llm.core.sayings import Saying
from desktop_llm.storage.keys import KeyringError, SystemKeyring, found_by

USER = "hub access token"
VARIABLE = "HF_TOKEN"


class HubToken:
    """Gets and keeps the token. `find_keyring` is None for a portable home, which has no keyring."""

    def __init__(self, find_keyring: Callable[[], SystemKeyring | None] | None) -> None:
        self._find_keyring = find_keyring
        self._found: SystemKeyring | None = None

    def get(self) -> str:
        """The token, or "".

        Raises StoreError where the keyring is there but does not answer, UsageError where what
        it or the variable holds is no token.
        """
        said = os.environ.get(VARIABLE, "").strip()
        if said:
            _require_token(said, Saying("Set the variable HF_TOKEN anew, or do without it."))
            return said
        keyring, token = self._keyring(), ""
        try:
            while keyring is not None and not token:
                token, keyring = keyring.get_text(USER), keyring.other
        except KeyringError as error:
            raise _silent(error) from error
        _require_token(token, Saying("Give it anew in Settings, Privacy."))
        return token

    def put(self, token: str) -> None:
        """Keep the token in place of the one before; "" forgets it.

        Raises UsageError for what can be none, StoreError where it cannot be kept.
        """
        token = token.strip()
        _require_token(token, Saying("Copy it again, without what stands beside it."))
        keyring = self._keyring()
        if keyring is None:
            raise StoreError(
                "The access token cannot be kept.",
                "A copy that keeps all its things in one folder uses no keyring, and a token is never "
                "written into a file."
                if self._find_keyring is None
                else "This system has no keyring, and a token is never written into a file.",
                "Set the variable HF_TOKEN before you start the app.",
            )
        try:
            keyring.put_text(USER, token)
            while not token and (keyring := keyring.other) is not None:
                keyring.put_text(USER, "")  # forgotten is forgotten in all of them
        except KeyringError as error:
            raise _silent(error) from error

    def _keyring(self) -> SystemKeyring | None:
        try:
            self._found = self._found or found_by(self._find_keyring)
        except KeyringError as error:
            raise _silent(error) from error
        return self._found


def _require_token(text: str, todo: Saying) -> None:
    """Raise UsageError where a sign could not be sent: some that come along in copying are not seen."""
    for sign in text:
        if not "!" <= sign <= "~":
            raise UsageError(
                "The hub's access token cannot be used.",
                "It holds {sign}, and a token has letters, digits and signs of ASCII alone.",
                todo,
                sign=f"U+{ord(sign):04X}",
            )


def _silent(error: KeyringError) -> StoreError:
    return StoreError(
        "The system's keyring does not answer.",
        "It holds the hub's access token: {reason}.",
        "Unlock the keyring, and try again.",
        reason=error,
    )
