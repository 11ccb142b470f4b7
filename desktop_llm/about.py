"""What this installation is: version, build and the licences of all it carries. Knows no window.

A packaged app carries the answers in files that its build wrote; anything else asks Python's own
record of installed packages.
"""

import gzip
import json
import re
import sys
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from desktop_llm.resources import resource, resources_root

BUILD = "build.json"
LICENCES = "licences.json.gz"
STANDARD = {
    "LGPL": ("LGPL-3.0.txt", "GPL-3.0.txt"),
    "Apache": ("Apache-2.0.txt",),
    "MPL": ("MPL-2.0.txt",),
}
"""Texts for packages that name a licence without bringing its words."""
_TEXT = re.compile(r"(?i)(^|/)(licen[cs]e|copying|notice)[^/]*$")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Component:
    """A part made by others: its licence's short name, and the licence's words."""

    name: str
    version: str
    licence: str
    text: str = ""


def build_id() -> str:
    """Which build this is, for reports: its commit and day, or how it was installed."""
    build = _build()
    if build:
        return f"{build['commit']}, {build['day']}"
    return "from a wheel" if resources_root().name == "_resources" else "from a checkout"


def releases_page() -> str:
    """The address where new versions appear; "" where whoever built this named none."""
    return _build().get("releases", "")


def components() -> tuple[Component, ...]:
    """All that this installation carries or needs, by name."""
    path = _file(LICENCES)
    if path.is_file():
        return read(path)
    return installed("desktop-llm")


def versions() -> dict[str, str]:
    """The versions of the parts that matter in a report."""
    wanted = {"Qt": "pyside6-essentials", "torch": "torch", "transformers": "transformers"}
    path = _file(LICENCES)
    kept = {_key(part.name): part.version for part in read(path)} if path.is_file() else {}
    found = {name: kept.get(key) or _version(key) for name, key in wanted.items()}
    return {"Python": sys.version.split()[0], **{name: it for name, it in found.items() if it}}


def installed(package: str) -> tuple[Component, ...]:
    """A package's dependencies, and theirs, as installed here; by name."""
    found: dict[str, Component] = {}
    waiting = _needs(package)
    while waiting:
        name = waiting.pop()
        if _key(name) in found:
            continue
        try:
            found[_key(name)] = _component(metadata.distribution(name))
        except metadata.PackageNotFoundError:
            continue  # for another system or Python than this one
        waiting += _needs(name)
    python = Component("Python", sys.version.split()[0], "PSF-2.0", _python_licence())
    return (python, *(found[key] for key in sorted(found)))


def write(path: Path, parts: tuple[Component, ...]) -> None:
    """Keep components in a file, for `read`. Used by the build."""
    text = json.dumps([asdict(part) for part in parts], ensure_ascii=False)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def read(path: Path) -> tuple[Component, ...]:
    """The components that `write` kept."""
    return tuple(Component(**part) for part in json.loads(gzip.decompress(path.read_bytes())))


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _file(name: str) -> Path:
    return resources_root() / "about" / name


def _build() -> dict[str, str]:
    path = _file(BUILD)
    facts: dict[str, str] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return facts


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _needs(package: str) -> list[str]:
    """The names that a package requires, without those of its extras."""
    try:
        wanted = metadata.requires(package) or []
    except metadata.PackageNotFoundError:
        return []
    plain = [line for line in wanted if "extra ==" not in line]
    return [match.group() for line in plain if (match := _NAME.match(line))]


def _component(package: metadata.Distribution) -> Component:
    facts: Any = package.metadata
    licence = _licence(facts)
    texts = dict.fromkeys(
        package.locate_file(file).read_text("utf-8", errors="replace")  # type: ignore[attr-defined]
        for file in package.files or ()
        if _TEXT.search(str(file)) and "dist-info" in str(file)
    )
    return Component(
        facts["Name"], package.version, licence, "\n\n".join(texts) or _standard(licence)
    )


def _licence(facts: Any) -> str:
    """The licence's short name, from the three places where packages have written it over time."""
    # `get`: beside keyring, which brings its own reader of packages, a lack raises KeyError.
    given = facts.get("License-Expression") or facts.get("License") or ""
    if given and "\n" not in given and given != "UNKNOWN":
        return str(given)
    classes = facts.get_all("Classifier") or []
    named = [line.rpartition(" :: ")[2] for line in classes if line.startswith("License ::")]
    return ", ".join(named) or "see its text"


def _standard(licence: str) -> str:
    names = [name for word, files in STANDARD.items() if word in licence for name in files]
    return "\n\n".join(resource("licences", name).read_text("utf-8") for name in names)


def _python_licence() -> str:
    for path in (Path(sys.base_prefix, "LICENSE.txt"), Path("/usr/share/doc/python3/copyright")):
        if path.is_file():
            return path.read_text("utf-8", errors="replace")
    return "https://docs.python.org/3/license.html"
