"""Finds a bundled file, from a checkout, a wheel or the frozen binary; knows nothing of its content."""

import sys
from pathlib import Path


def resources_root() -> Path:
    """The folder that holds icons, themes, translations and the guide model.

    Three homes, in this order: PyInstaller's unpacked folder, `_resources` inside an installed
    wheel, and `resources/` beside the package in a checkout.
    """
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen is not None:
        return Path(frozen) / "resources"
    package = Path(__file__).resolve().parent
    installed = package / "_resources"
    return installed if installed.is_dir() else package.parent / "resources"


def resource(*parts: str) -> Path:
    """The path of one bundled file or folder, for example `resource("icons", "stop.svg")`.

    Raises FileNotFoundError, naming the path, where the installation lacks it.
    """
    path = resources_root().joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(f"The installation is incomplete: {path} is missing. Reinstall it.")
    return path
