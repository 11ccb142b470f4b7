"""Which names from the hub may become files here, on every system. Opens nothing."""

import re

from desktop_llm.core.errors import ModelError

REPO = re.compile(r"(?!.*\.\.)[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?", re.I)
"""Names of devices on Windows, with any ending."""
LONGEST = 200


def is_safe(name: str) -> bool:
    """Whether a file name of a repository stays in its folder on Linux, macOS and Windows alike."""
    if not name or len(name.encode("utf-8", "surrogatepass")) > LONGEST:
        return False
    return not _FORBIDDEN.search(name) and all(_is_safe_part(part) for part in name.split("/"))


def _is_safe_part(part: str) -> bool:
    if part in ("", ".", "..") or part[-1] in ". " or part[0] == " ":
        return False  # Windows drops dots and spaces at the end
    return not _RESERVED.fullmatch(part) and part.isprintable() and part.isascii()


def check_repo(repo: str) -> str:
    """The name of a repository, OWNER/NAME. Raises ModelError for anything else."""
    if not REPO.fullmatch(repo) or not is_safe(repo):
        raise ModelError(
            "{repo} is not the name of a model on the hub.",
            todo="Give it as OWNER/NAME, for example Qwen/Qwen3-0.6B.",
            repo=repr(repo),
        )
    return repo
