"""The access token of the hub: in the system's keyring, or from HF_TOKEN for one run. Never in a file."""

import os
from collections.abc import Callable

from desktop_llm.core.errors import StoreError
from desktop_llm.storage.keys import KeyringError, SystemKeyring, found_by

USER = "hub access token"
VARIABLE = "HF_TOKEN"


class HubToken:
    """Gets and keeps the token. `find_keyring` is None for a portable home, which has no keyring."""

    def __init__(self, find_keyring: Callable[[], SystemKeyring | None] | None) -> None:
        self._find_keyring = find_keyring

    def get(self) -> str:
        """The token, or "". Raises StoreError where the keyring is there but does not answer."""
        said = os.environ.get(VARIABLE, "").strip()
        if said:
            return said
        keyring = self._keyring()
        if keyring is None:
            return ""
        try:
            return keyring.get_text(USER)
        except KeyringError as error:
            raise _silent(error) from error

    def put(self, token: str) -> None:
        """Keep the token in place of the one before; "" forgets it. Raises StoreError."""
        keyring = self._keyring()
        if keyring is None:
            raise StoreError(
                "The access token cannot be kept.",
                "This system has no keyring, and a token is never written into a file.",
                "Set the variable HF_TOKEN before you start the app.",
            )
        try:
            keyring.put_text(USER, token.strip())
        except KeyringError as error:
            raise _silent(error) from error

    def _keyring(self) -> SystemKeyring | None:
        try:
            return found_by(self._find_keyring)
        except KeyringError as error:
            raise _silent(error) from error


def _silent(error: KeyringError) -> StoreError:
    return StoreError(
        "The system's keyring does not answer.",
        "It holds the hub's access token: {reason}.",
        "Unlock the keyring, and try again.",
        reason=error,
    )
