"""Runs tiny models of every architecture of the engine's tests through a built program.

    .venv/bin/python packaging/prove/architectures.py PROGRAM [KIND...]

Each answers a prompt greedily on the program's command line, and on that of this checkout: the words
must be the same. Needs the environment of `make test`. Exit code 1 names what differs.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "engine")]
ASKED = ("What is a token?", "--max-new-tokens", "8", "--temperature", "0")


def main(program: str, kinds: list[str]) -> int:
    """Make the models, ask them, compare. Returns the exit code."""
    from test_architectures import KINDS, make

    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DESKTOP_LLM_HOME"] = str(Path(folder, "home"))
        for kind in kinds or KINDS:
            model = make(Path(folder, kind), kind)
            checkout = asked([sys.executable, "-m", "desktop_llm"], model)
            frozen = asked([program], model)
            same = frozen == checkout and frozen[0] == 0
            print(f"{'ok  ' if same else 'FAIL'} {kind}", flush=True)
            if not same:
                print(frozen, checkout, sep="\n")
                wrong.append(kind)
    print(
        f"architectures: {len(wrong)} wrong: {', '.join(wrong)}" if wrong else "architectures: ok"
    )
    return bool(wrong)


def asked(program: list[str], model: Path) -> tuple[int, str, str]:
    """Exit code, answer, and where it failed what was said about it."""
    done = subprocess.run(
        [*program, "ask", *ASKED, "--model", str(model)],
        capture_output=True, check=False, timeout=300, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    failed = done.stderr.decode("utf-8", "replace") if done.returncode else ""
    return done.returncode, done.stdout.decode("utf-8", "replace"), failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
