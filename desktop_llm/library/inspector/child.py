"""The inspector's process: paths in, verdicts out, one JSON object a line. Only this runs in it.

Before each check it says which file it opens and how much processor time that may take, so that
the app's side knows what the process died of.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from desktop_llm.core.errors import ModelError
from desktop_llm.core.sayings import Saying, shortened
from desktop_llm.library.inspector import chat_template, checks
from desktop_llm.library.inspector.limits import limit_cpu, limit_this_process
from desktop_llm.library.inspector.looking import Looking
from desktop_llm.library.inspector.verdict import (
    ANOTHER,
    TOO_LARGE,
    Finding,
    RefusedError,
    Verdict,
)

CPU_S = 15

log = logging.getLogger(__name__)


def main() -> int:
    """Answer until the input ends."""
    # Python's own streams may be absent (a windowed binary) or in the way of bytes.
    with open(0, "rb", closefd=False) as given, open(1, "wb", closefd=False) as told:
        checks.import_libraries()
        limit_this_process()
        for line in given:
            question = json.loads(line)
            done = _inspect(question["path"], question.get("template"), told)
            _say(told, {"done": done.as_json()})
    return 0


def _inspect(path: str, template: str | None, told: BinaryIO) -> Verdict:
    limit_cpu(CPU_S)
    started = time.monotonic()
    looking = Looking(Path(path), lambda file, cpu: _say(told, {"at": file, "cpu": cpu}))
    findings: list[Finding] = []
    # What costs time and memory is only tried on files whose plain facts are in order.
    for group in checks.groups(looking.path) if template is None else ((_edited(template),),):
        for check in group:
            finding = _tried(check, looking)
            if finding is not None and finding not in findings:
                findings.append(finding)
        if findings:
            break
    return Verdict(
        path,
        tuple(findings[:20]),
        tuple(note.with_texts(shortened) for note in looking.notes[:50]),
        looking.facts,
        round(time.monotonic() - started, 3),
    )


def _edited(template: str) -> Callable[[Looking], None]:
    return lambda looking: chat_template.probe_edited(looking, template)


def _tried(check: Callable[[Looking], None], looking: Looking) -> Finding | None:
    try:
        check(looking)
    except RefusedError as error:
        reason, todo = error.reason, error.todo
    except ModelError as error:
        reason, todo = error.reason_and_todo
    except MemoryError:
        reason, todo = TOO_LARGE, ANOTHER
    except BaseException as error:  # a panic of tokenizers is no Exception
        log.exception("A check failed")
        failure = f"{type(error).__name__}: {error}"
        reason, todo = Saying("It cannot be read: {failure}.", failure=failure), ANOTHER
    else:
        return None

    def clean(text: str) -> str:
        return shortened(text.replace(f"{looking.folder}{os.sep}", ""))

    return Finding(looking.at, reason.with_texts(clean), todo.with_texts(shortened))


def _say(told: BinaryIO, data: dict[str, Any]) -> None:
    told.write(json.dumps(data).encode("utf-8", "surrogateescape") + b"\n")
    told.flush()


if __name__ == "__main__":
    sys.exit(main())
