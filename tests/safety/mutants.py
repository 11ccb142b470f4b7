"""Faults put into the filter on purpose, one at a time: the property tests must find every one.

Run it as a program; it copies the app into a temporary folder for each fault. Exits with 1 where a
fault survives.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CASES = 1500
AUTOMATON, FILTER, SANITISE = "automaton.py", "text_filter.py", "sanitise.py"

MUTANTS = [
    ("a word may begin inside another", AUTOMATON,
     "if not touches(rule.not_before, symbol)", "if True"),
    ("a word may end inside another", AUTOMATON,
     "if not touches(self.rules[r].not_after, symbol)", "if True"),
    ("checks are not asked", AUTOMATON, "if check is None or check(", "if check is None or True or check("),
    ("what is allowed is found all the same", AUTOMATON, "if text in self._allowed:", "if False:"),
    ("the shortest end counts", AUTOMATON,
     "thread.ends[number] = self._chars[last - 1] + 1", "thread.ends.setdefault(number, self._chars[last - 1] + 1)"),
    ("the end of the text decides nothing", AUTOMATON,
     "self._threads = self._advance(self._threads, self._automaton.edge, place, None)", "self._threads = []"),
    ("text is let out right of the oldest start", AUTOMATON,
     "return self._threads[0].char if", "return self._threads[-1].char if"),
    ("the symbol before a piece is forgotten", AUTOMATON,
     "self._threads, self._before = threads, before", "self._threads = threads"),
    ("a cue is seen through a mask", AUTOMATON, "text[max(0, text.rfind(MASK)) :]", "text.replace(MASK, \"\")"),
    ("what stands before is not told to checks", AUTOMATON,
     "self._symbols[max(0, first - LEFT) : first]", "self._symbols[first:first]"),
    ("only words hold text back", FILTER, "for m in self._matchers if (start", "for m in self._matchers[:1] if (start"),
    ("overlapping matches are two masks", FILTER, "mask is None or (start >= mask.end and", "mask is None or (start >= mask.end - 60 and"),
    ("a longer overlap does not lengthen the mask", FILTER, "mask.end = max(mask.end, end)", "pass"),
    ("accents behind a mask are shown", FILTER, "if not WORD[char]:\n            return True", "if False:\n            return True"),
    ("a token is shown behind its first letters", FILTER, "mask.eats, mask.eats_to = rule.eats, start + SWALLOW", "pass"),
    ("a private key never ends", FILTER, "self._mask.end = max(end, self._plain_end)", "pass"),
    ("joiners are counted anew for each piece", FILTER,
     "sanitiser, count = self._sanitiser, ", "self._sanitiser = Sanitiser()\n        sanitiser, count = self._sanitiser, "),
    ("a block waits for its turn behind a mask", FILTER,
     "goes_on = rule.action is not FilterAction.BLOCK", "goes_on = rule.action is FilterAction.BLOCK"),
    ("the shorter of two names the mask", FILTER, "-rule.priority, -match.end, rule.id", "rule.priority, -match.end, rule.id"),
    ("a blocked text goes on", FILTER, "        self._blocked = True\n", "        self._blocked = False\n"),
]  # fmt: skip


def survives(file: str, old: str, new: str) -> bool:
    """Whether the tests pass with the fault in the app."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "desktop_llm", folder / "desktop_llm")
        (folder / "resources").symlink_to(ROOT / "resources")
        place = folder / "desktop_llm" / "safety" / file
        source = place.read_text("utf-8")
        if source.count(old) != 1:
            raise SystemExit(f"{file} has {source.count(old)} times: {old}")
        place.write_text(source.replace(old, new), "utf-8")
        environment = os.environ | {"PYTHONPATH": name, "SOAK_CASES": str(CASES)}
        test = ROOT / "tests" / "safety" / "test_equivalence.py"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-x",
            "--rootdir",
            name,
            "-c",
            str(ROOT / "pyproject.toml"),
            str(test),
        ]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=name)
        if done.returncode not in (0, 1):
            raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
        return done.returncode == 0


def main() -> int:
    """Try every fault; print which were found."""
    alive = []
    for name, file, old, new in MUTANTS:
        lives = survives(file, old, new)
        alive += [name] * lives
        print(f"{'SURVIVED' if lives else 'found':9} {name}", flush=True)
    print(f"{len(MUTANTS) - len(alive)} of {len(MUTANTS)} faults found")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
