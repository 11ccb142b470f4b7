"""A PIN: how it is kept without being kept, and how long one waits after wrong ones. Knows no file.

A lock for a household, not a wall: who owns the computer can take the file away (SAFETY.md 2.1).
"""

import hashlib
import hmac
import secrets

from desktop_llm.core.errors import UsageError

SHORTEST, LONGEST = 4, 64
COST, BLOCK, LANES = 2**15, 8, 1
"""scrypt's N, r and p (RFC 7914): 32 MiB and about 0.1 s for each try."""
MEMORY = 2 * 128 * COST * BLOCK
SALT = 16
FREE_TRIES = 5
FIRST_WAIT_S, LONGEST_WAIT_S = 30.0, 3600.0


def check_pin(pin: str) -> None:
    """Raises UsageError for a PIN that is too short or too long."""
    if not SHORTEST <= len(pin) <= LONGEST:
        raise UsageError(
            "A PIN has {SHORTEST} to {LONGEST} characters.", SHORTEST=SHORTEST, LONGEST=LONGEST
        )


def hash_pin(pin: str) -> str:
    """What is kept of a PIN: the way it was hashed, a salt and the hash. Raises UsageError."""
    check_pin(pin)
    salt = secrets.token_bytes(SALT)
    return f"scrypt${COST}${BLOCK}${LANES}${salt.hex()}${_hashed(pin, salt).hex()}"


def is_pin(pin: str, kept: str) -> bool:
    """Whether it is the PIN of that hash. One that cannot be read is nobody's."""
    try:
        way, cost, block, lanes, salt, wanted = kept.split("$")
        if (way, int(cost), int(block), int(lanes)) != ("scrypt", COST, BLOCK, LANES):
            return False
        return hmac.compare_digest(_hashed(pin, bytes.fromhex(salt)), bytes.fromhex(wanted))
    except ValueError:
        return False


def _hashed(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(
        pin.encode("utf-8", "surrogatepass"), salt=salt, n=COST, r=BLOCK, p=LANES,
        maxmem=MEMORY, dklen=32,
    )  # fmt: skip


def wait_after(failures: int) -> float:
    """Seconds until the next try, after so many wrong ones in a row: from the fifth on, doubling."""
    if failures < FREE_TRIES:
        return 0.0
    return min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(failures - FREE_TRIES, 20))
