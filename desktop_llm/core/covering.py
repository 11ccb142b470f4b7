"""Search hits as they may be shown: on one line a reply says what it did not say over several. Knows no rule."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence

from desktop_llm.core.events import Mark
from desktop_llm.core.messages import Role, SearchHit
from desktop_llm.core.personal import Findings


def covered_hits(
    hits: Iterable[SearchHit], hide: Callable[[str], Sequence[Mark]]
) -> tuple[SearchHit, ...]:
    """The hits, a sign in place of what `hide` marks in replies. A person's own words stay."""
    return tuple(hit if _own(hit) else _covered(hit, hide) for hit in hits)


def _own(hit: SearchHit) -> bool:
    return hit.role in (None, Role.USER)


def _covered(hit: SearchHit, hide: Callable[[str], Sequence[Mark]]) -> SearchHit:
    marks = tuple(hide(hit.snippet))
    return dataclasses.replace(hit, snippet=Findings(hit.snippet, marks).masked)
