"""Kills a download of 200 MB at random moments, each time with SIGKILL, and lets another process go on.

    .venv/bin/python tests/benchmarks/bench_download.py [--rounds 100] [--size 200000000]

Each round is a download of its own from a hub on this computer. Bars: all arrive with the right
hash, and the bytes that the server sent in all are at most 1.1 times the size.
"""

import argparse
import hashlib
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "library"))
from hub_server import Hub as Server
from hub_server import Repo, hub_server

from desktop_llm.library.download import Downloads
from desktop_llm.library.hub import Hub
from desktop_llm.library.network import Access, Door, NetworkLog

REPO = "someone/Large"
FETCH = """
import sys, threading
from pathlib import Path
from desktop_llm.library.download import Downloads
from desktop_llm.library.network import Access, Door, NetworkLog
home, address = Path(sys.argv[1]), sys.argv[2]
door = Door(lambda: Access(online=True, endpoint=address), NetworkLog(home / "network.jsonl"))
downloads = Downloads(home / "models", door, lambda _: ())
(download,) = downloads.pending()
downloads.fetch(download.id, lambda *_: None, threading.Event())
"""


def main() -> int:
    """Run the rounds and print one line of result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--size", type=int, default=200_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    data = dice.randbytes(options.size)
    wanted = hashlib.sha256(data).hexdigest()
    files = {"config.json": b"{}", "tokenizer.json": b"{}", "model.safetensors": data}
    right, sent, shares = 0, 0, []
    with hub_server({REPO: Repo(files)}) as server:
        for _ in range(options.rounds):
            server.sent = 0
            with tempfile.TemporaryDirectory() as home:
                share = _round(Path(home), server, dice, options.size)
                folder = Path(home, "models", REPO)
                right += (
                    hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
                    == wanted
                )
            shares.append(share)
            sent = max(sent, server.sent)
    spread = sorted(shares)
    print(
        f"{right} of {options.rounds} complete with the right hash; bytes sent in all at most "
        f"{sent / options.size:.3f} times the size; killed at {spread[0]:.0%} to {spread[-1]:.0%}, "
        f"median {spread[len(spread) // 2]:.0%}"
    )
    return right != options.rounds


def _round(home: Path, server: Server, dice: random.Random, size: int) -> float:
    """One download that is killed once. Returns the share that had arrived then."""
    door = Door(
        lambda: Access(online=True, endpoint=server.address), NetworkLog(home / "network.jsonl")
    )
    downloads = Downloads(home / "models", door, lambda _: ())
    downloads.add(Hub(door).look(REPO))
    command = [sys.executable, "-c", FETCH, str(home), server.address]
    at = dice.random()
    with subprocess.Popen(command) as process:
        while process.poll() is None and downloads.pending()[0].done < at * size:
            time.sleep(dice.random() * 0.004)
        process.kill()
    arrived = downloads.pending()[0].done / size if downloads.pending() else 1.0
    if downloads.pending():
        subprocess.run(command, check=True)
    return arrived


if __name__ == "__main__":
    sys.exit(main())
