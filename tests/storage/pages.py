"""Reads what really lies in an encrypted file: every page decrypted, free ones and old ones too.

SQLCipher 4 (https://www.zetetic.net/sqlcipher/design/): AES-256-CBC per page of 4,096 bytes, the
last 80 of which are the IV (16) and the HMAC (64); the first 16 bytes of the file are the salt.
"""

from pathlib import Path

import pytest

PAGE, RESERVE, IV = 4096, 80, 16
LOG_HEADER, FRAME_HEADER = 32, 24


def plain_bytes(path: Path, key: bytes) -> bytes:
    """All pages of the database, its write-ahead log and its shared memory, in the clear."""
    found = _database(path.read_bytes(), key)
    log, memory = path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")
    if log.exists():
        found += _log(log.read_bytes(), key)
    return found + (memory.read_bytes() if memory.exists() else b"")


def _database(content: bytes, key: bytes) -> bytes:
    pages = [content[at : at + PAGE] for at in range(0, len(content), PAGE)]
    return b"".join(_page(page, key, first=not at) for at, page in enumerate(pages))


def _log(content: bytes, key: bytes) -> bytes:
    found, step = b"", FRAME_HEADER + PAGE
    for at in range(LOG_HEADER, len(content) - step + 1, step):
        number = int.from_bytes(content[at : at + 4], "big")
        found += _page(content[at + FRAME_HEADER : at + step], key, first=number == 1)
    return found


def _page(page: bytes, key: bytes, *, first: bool) -> bytes:
    ciphers = pytest.importorskip("cryptography.hazmat.primitives.ciphers")
    start, end = 16 if first else 0, PAGE - RESERVE
    cipher = ciphers.Cipher(
        ciphers.algorithms.AES(key), ciphers.modes.CBC(page[end : end + IV])
    ).decryptor()
    return bytes(cipher.update(page[start:end]) + cipher.finalize())
