"""Imports torch and transformers without freezing the window. Knows no model; imports neither at its top.

Three things freeze other threads during the imports, all measured: opening torch's libraries
(0.3 to 1 s, 5 s with a cold file cache) and full garbage collections (0.2 s each, several) hold
the interpreter lock. Libraries are therefore read first and opened through a ctypes *call* of the
system's own loader, which releases the lock, and no garbage is collected meanwhile.
"""

import contextlib
import ctypes
import gc
import importlib
import importlib.util
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

MODULES = (
    "torch",
    "transformers.modeling_utils",
    "transformers.generation.utils",
    "transformers.models.auto.modeling_auto",
    "transformers.models.auto.tokenization_auto",
    "transformers.tokenization_utils_tokenizers",
    "transformers.models.llama.modeling_llama",
)
"""What loading a model would import anyway, one after the other."""

_NEVER = 2**31 - 1
_CHUNK = 1 << 22

log = logging.getLogger(__name__)


def preload() -> None:
    """Import torch and transformers, holding the interpreter lock as briefly as can be.

    Meant for the worker thread, before anything else of the engine is imported. Doing it again
    costs nothing. Raises ImportError where torch or transformers are not installed.
    """
    if all(name in sys.modules for name in MODULES):
        return
    with no_collection():
        if "torch" not in sys.modules:
            open_torch_libraries()
        for name in MODULES:
            importlib.import_module(name)
        # What is there now stays: half a million objects that no later collection need walk.
        gc.freeze()


@contextlib.contextmanager
def no_collection() -> Iterator[None]:
    """No garbage is collected inside, by any thread that respects the thresholds (as GcGuard does)."""
    thresholds, enabled = gc.get_threshold(), gc.isenabled()
    gc.set_threshold(_NEVER, _NEVER, _NEVER)
    gc.disable()
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        if enabled:
            gc.enable()


def open_torch_libraries() -> tuple[Path, ...]:
    """Read torch's shared libraries and open them with the lock released; returns those opened.

    Where that fails nothing is lost: `import torch` opens them itself, only less smoothly.
    """
    folder = _torch_folder()
    if folder is None:
        return ()
    opened = []
    for path, is_global in _libraries(folder):
        _read_through(path)
        if open_unlocked(path, is_global):
            opened.append(path)
        else:
            log.info("%s could not be opened ahead of torch", path.name)
    return tuple(opened)


def _torch_folder() -> Path | None:
    spec = importlib.util.find_spec("torch")
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    return Path(places[0]) / "lib" if places else None


def _libraries(folder: Path) -> list[tuple[Path, bool]]:
    """The libraries in the order in which they need each other, and whether their names are global."""
    if sys.platform == "win32":
        names = {"c10.dll": False, "torch_cpu.dll": False, "torch_python.dll": False}
    else:
        ending = "dylib" if sys.platform == "darwin" else "so"
        # torch itself opens global_deps with RTLD_GLOBAL first, so that OpenMP and BLAS are shared.
        names = {
            f"libtorch_global_deps.{ending}": True,
            f"libc10.{ending}": False,
            f"libtorch_cpu.{ending}": False,
            f"libtorch_python.{ending}": False,
        }
    return [(folder / name, shared) for name, shared in names.items() if (folder / name).is_file()]


def _read_through(path: Path) -> None:
    """Bring a file into the system's cache: one long read beats the loader's scattered ones."""
    buffer = bytearray(_CHUNK)
    with path.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass


def open_unlocked(path: Path, is_global: bool = False) -> bool:
    """Open a library and keep it open; says whether it could be. ctypes releases the interpreter's lock
    around a call of a C function, but not while it opens a library itself."""
    if sys.platform == "win32":
        kernel = ctypes.WinDLL("kernel32.dll")
        kernel.LoadLibraryExW.restype = ctypes.c_void_p
        # LOAD_LIBRARY_SEARCH_DEFAULT_DIRS | LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR, as torch does it.
        return bool(kernel.LoadLibraryExW(str(path), None, 0x00001100))
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.restype, dlopen.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_int]
    mode = os.RTLD_NOW | (os.RTLD_GLOBAL if is_global else os.RTLD_LOCAL)
    return bool(dlopen(os.fsencode(path), mode))
