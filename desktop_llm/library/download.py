"""Downloads of whole models: what is needed of a repository, kept so that it can go on at any time.

A download is a folder under `.downloads` in the models folder, which the library does not look
into. It holds a manifest, finished files and one NAME.part. Only when every file has the right
hash, and the check finds nothing wrong, is the folder renamed to where the library finds it.
"""

import contextlib
import dataclasses
import hashlib
import itertools
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import filelock

from desktop_llm.core.errors import Cancelled, HomeError, ModelError, NotFoundError, UserError
from desktop_llm.core.gguf_parts import is_gguf_name, is_single_file
from desktop_llm.core.hub import Download, DownloadState, HubFile, HubRepo
from desktop_llm.core.on_disk import is_there
from desktop_llm.core.ports import Report
from desktop_llm.core.sayings import Saying, read_sayings
from desktop_llm.library.fetch import PART, Fetcher, disk_refusals, disk_refuses
from desktop_llm.library.folders import is_model_folder
from desktop_llm.library.names import check_repo, is_safe
from desktop_llm.library.needed import needed
from desktop_llm.library.network import Door
from desktop_llm.library.records import Records, stamps

WAITING_ROOM = ".downloads"
MANIFEST = "download.json"
LOCK = ".lock"
FOR_EVER = -1.0
"""How long to wait for a lock that nobody holds for more than a moment."""
ASIDE = ".old"
"""The ending of what loading shall no longer read."""
SPARE = 200_000_000
"""Bytes that must stay free on the disk after a download."""

Check = Callable[[Path], tuple[Saying, ...]]
"""Says why a model folder cannot be used, and what to do; () where it can."""


class Downloads:
    """A `core.ports.Downloads` over one models folder. Two processes may use it; each fetch is one's."""

    def __init__(self, models_dir: Path, door: Door, check: Check) -> None:
        self._models, self._door, self._check = models_dir, door, check
        self._room = models_dir / WAITING_ROOM

    def add(self, repo: HubRepo, names: Iterable[str] = (), *, again: bool = False) -> Download:
        """Note a model as to be fetched: the files of these names, else those that are needed.

        Fetches nothing yet. With `again` also where it is there: the files may be damaged, which
        their sizes do not tell, and what arrives takes their place: the whole model, or the GGUF
        files of these names. Raises ModelError where there is nothing to load, or it is there already
        and was not asked for again; HomeError where the disk is too small or cannot be written.
        """
        check_repo(repo.model.id)
        wanted = tuple(names)
        files = needed(repo, wanted)
        there = self._there(repo.model.id, repo.revision, files)
        if there is not None and not again:
            raise ModelError(
                "{repo} is there already, at this revision.",
                todo="It is in {folder}. Where its files are damaged, fetch it again (--again).",
                repo=repo.model.id,
                folder=there,
            )
        if there is not None and wanted and not all(map(is_gguf_name, wanted)):
            # Some files of a model are none by themselves, and of the others nobody knows.
            files, wanted = needed(repo), ()
        download = self._kept(repo, files)
        if download is None:
            own_id = _id(repo.model.id, repo.revision, files if wanted else ())
            download = Download(own_id, repo.model.id, repo.revision, files)
        self._check_disk(download.total - download.done)
        self._write_manifest(dataclasses.replace(download, problem=()))
        return self.get(download.id)

    def pending(self) -> tuple[Download, ...]:
        """Every download that is not finished, in the order in which they were added."""
        found = [self._find(path.parent.name) for path in self._manifests()]
        return tuple(self._measured(one) for one in found if one is not None)

    def begun(self, repo: str, revision: str = "") -> Download | None:
        """The whole model of that repository that waits to go on, at a commit that begins so.

        Not one that was refused, which would be again, nor single files that were chosen from it.
        """
        for one in self.pending():
            whole = one.id == _id(repo, one.revision) and one.name == repo  # GGUF files were chosen
            if whole and one.revision.startswith(revision) and not one.problem:
                return one
        return None

    def get(self, download_id: str) -> Download:
        """One of them. Raises NotFoundError."""
        found = self._find(download_id)
        if found is None:
            raise NotFoundError("That download is no longer there.", todo="Choose the model again.")
        return self._measured(found)

    def fetch(self, download_id: str, report: Report, cancel: threading.Event) -> Path:
        """Fetch what is missing and put the model into the library. Returns its folder.

        Raises Cancelled (it can go on later), ModelError where what came cannot be used, and what
        the network and the disk raise; each can be tried again.
        """
        download = self.get(download_id)
        folder = self._room / download_id
        with _locked(folder / LOCK):
            self._check_disk(download.total - download.done)
            self._fetch_files(download, folder, report, cancel)
            problem = self._problem_with(download, folder)
            if problem:
                self._write_manifest(dataclasses.replace(download, problem=problem))
                raise ModelError("{repo} was fetched and is refused.", *problem, repo=download.repo)
        if cancel.is_set():  # while it was looked into, which is not interrupted
            raise Cancelled
        with _locked(self._room / LOCK, FOR_EVER):  # two of one repository may arrive at once
            return self._move_in(download, folder)

    def discard(self, download_id: str) -> None:
        """Forget a download and delete what has arrived. Raises NotFoundError, HomeError."""
        self.get(download_id)
        folder = self._room / download_id
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise disk_refuses(folder, error) from error

    # Inside

    def _fetch_files(
        self, download: Download, folder: Path, report: Report, cancel: threading.Event
    ) -> None:
        base = f"{self._door.endpoint}/{download.repo}/resolve/{download.revision}"
        before = 0

        def tell(size: int) -> None:
            report(before + size, download.total)

        with self._door.client(f"download of {download.repo}") as client:
            fetcher = Fetcher(client, download.repo, cancel)
            for file in download.files:
                target = folder / file.name
                with disk_refusals(target):
                    target.parent.mkdir(parents=True, exist_ok=True)
                if not _has(target, file.size):
                    found = fetcher.fetch(f"{base}/{quote(file.name)}", file, target, tell)
                    self._write_manifest(download, {file.name: found})
                before += file.size
                tell(0)

    def _problem_with(self, download: Download, folder: Path) -> tuple[Saying, ...]:
        """A GGUF file is a model by itself, or with its other parts, whatever lies beside it."""
        files = [file.name for file in download.files if is_gguf_name(file.name)]
        models = [name for name in files if is_single_file(name)] or files
        found = (self._check(path) for path in [folder / name for name in models] or [folder])
        return next(filter(None, found), ())

    def _move_in(self, download: Download, folder: Path) -> Path:
        places = self._places(download.repo, download.revision)
        target = _home_of(download, places)
        try:
            (folder / LOCK).unlink(missing_ok=True)
            if target is not None:
                self._forget(target, download)
                _put_aside(target, download)
                self._move_beside(target, download, folder)
            else:
                target = self._free_place(download)
                self._forget(target, download)
                target.parent.mkdir(parents=True, exist_ok=True)
                folder.rename(target)
        except OSError as error:
            raise disk_refuses(target or folder, error) from error
        return target

    def _forget(self, target: Path, download: Download) -> None:
        """What lay there before is gone, and its hashes must not be held against what arrives.

        Somebody deleted it by hand, or it is about to be replaced. This comes first: once the files
        are there, a list sees them.
        """
        files = (target / file.name for file in download.files)
        Records(self._models).forget(target, *files)

    def _move_beside(self, target: Path, download: Download, folder: Path) -> None:
        """Put the files beside those of the same repository at that revision, or in their place.

        Each is replaced by what the same commit says of it: a stop in between leaves nothing worse.
        """
        others = _download("", _read(target / MANIFEST) or {})
        files = {file.name: file for one in (others, download) if one for file in one.files}
        both = dataclasses.replace(download, files=tuple(files.values()), problem=())
        hashes = (_read(folder / MANIFEST) or {}).get("hashes")
        self._write_manifest(both, hashes, target)
        for name in sorted((file.name for file in download.files), reverse=True):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).replace(target / name)  # of one in parts the first comes last
        shutil.rmtree(folder, ignore_errors=True)

    def _places(self, repo: str, revision: str) -> tuple[Path, ...]:
        """The folders that may hold files of a repository at that revision, there or not."""
        own = self._target(repo)
        return own, *sorted(own.parent.glob(f"{own.name}@{revision[:8]}*"))

    def _free_place(self, download: Download) -> Path:
        own = self._target(download.repo)
        beside = own.with_name(f"{own.name}@{download.revision[:8]}")
        numbered = (beside.with_name(f"{beside.name}-{number}") for number in itertools.count(2))
        places = itertools.chain((own, beside), numbered)
        return next(place for place in places if not is_there(place))

    def _there(self, repo: str, revision: str, files: tuple[HubFile, ...]) -> Path | None:
        """The folder that holds this very model, if one does."""
        places = self._places(repo, revision)
        return next((place for place in places if _same(place, revision, files)), None)

    def _kept(self, repo: HubRepo, files: tuple[HubFile, ...]) -> Download | None:
        """The same one, begun before: earlier versions gave that of a single file another id."""
        wanted = (repo.model.id, repo.revision, files)
        found = (one for one in self.pending() if (one.repo, one.revision, one.files) == wanted)
        return next(found, None)

    def _target(self, repo: str) -> Path:
        return self._models.joinpath(*repo.split("/"))

    def _check_disk(self, wanted: int) -> None:
        try:
            self._models.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self._models).free
        except OSError as error:  # the drive that it is on is not plugged in, perhaps
            raise _no_folder(self._models, error) from error
        if wanted + SPARE > free:
            raise ModelError(
                "There is too little space on the disk for this model.",
                "It needs {wanted} GB more, and {free} GB are free where models are kept ({folder}).",
                "Delete something, or keep models on another disk.",
                wanted=f"{wanted / 1e9:.1f}",
                free=f"{free / 1e9:.1f}",
                folder=self._models,
            )

    def _measured(self, download: Download) -> Download:
        return dataclasses.replace(download, done=self._done(download))

    def _done(self, download: Download) -> int:
        folder = self._room / download.id
        return sum(min(file.size, _size_of(folder / file.name)) for file in download.files)

    def _manifests(self) -> list[Path]:
        try:
            found = list(self._room.glob(f"*/{MANIFEST}"))
        except OSError:  # of a drive that is gone nothing waits now
            return []
        return sorted(found, key=lambda path: (_added(path), path.parent.name))

    def _find(self, download_id: str) -> Download | None:
        data = _read(self._room / download_id / MANIFEST)
        return _download(download_id, data) if data is not None else None

    def _write_manifest(
        self,
        download: Download,
        hashes: dict[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        folder = folder or self._room / download.id
        path = folder / MANIFEST
        known = _read(path) or {}
        data = {
            "repo": download.repo,
            "revision": download.revision,
            "added": known.get("added") or datetime.now(UTC).isoformat(),
            "problem": [saying.as_json() for saying in download.problem],
            "files": [dataclasses.asdict(file) for file in download.files],
            "hashes": known.get("hashes", {}) | (hashes or {}),
        }
        try:
            folder.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(MANIFEST + ".new")
            with draft.open("w", encoding="utf-8") as file:
                json.dump(data, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError as error:
            raise disk_refuses(path, error) from error


@contextlib.contextmanager
def _locked(path: Path, patience_s: float = 0.0) -> Iterator[None]:
    """Hold a lock's file. Raises UserError where another process does, HomeError for the disk."""
    lock = filelock.FileLock(path, timeout=patience_s)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise UserError(
            "This model is being fetched already.",
            "Another window or command of the app does it.",
            "Wait until it has finished.",
        ) from error
    except OSError as error:
        raise disk_refuses(path, error) from error
    try:
        yield
    finally:
        lock.release()


def _no_folder(folder: Path, error: OSError) -> HomeError:
    return HomeError(
        "The models folder {folder} cannot be used.",
        "The system says: {said}.",
        "Plug in the drive that it is on. Where it is gone for good, name another folder: "
        "desktop-llm settings set model.folder FOLDER",
        folder=folder,
        said=error.strerror or error,
    )


def _id(repo: str, revision: str, chosen: tuple[HubFile, ...] = ()) -> str:
    """The name of a download; where files were chosen, each choice has its own."""
    name = f"{repo.replace('/', '--')}@{revision[:12]}"
    if not chosen:
        return name
    digest = hashlib.sha256("\n".join(file.name for file in chosen).encode())
    return f"{name}-{digest.hexdigest()[:8]}"


def _read(path: Path) -> dict[str, Any] | None:
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def _download(download_id: str, data: dict[str, Any]) -> Download | None:
    """A manifest's download; None where the file was changed into something unsafe or unreadable."""
    try:
        files = tuple(HubFile(**file) for file in data["files"])
        repo, revision = check_repo(data["repo"]), str(data["revision"])
        problem = read_sayings(data.get("problem", ""))
    except (KeyError, TypeError, ValueError, ModelError):
        return None
    if not all(is_safe(file.name) for file in files):
        return None
    state = DownloadState.REFUSED if problem else DownloadState.PAUSED
    return Download(download_id, repo, revision, files, state=state, problem=problem)


def _added(path: Path) -> str:
    return str((_read(path) or {}).get("added", ""))


def _size_of(target: Path) -> int:
    sizes = (_bytes_of(path) for path in (target, target.with_name(target.name + PART)))
    return next((size for size in sizes if size is not None), 0)


def _has(target: Path, size: int) -> bool:
    return _bytes_of(target) == size


def _bytes_of(path: Path) -> int | None:
    """The size of a file; None where there is none, or the system does not let us know."""
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None


def _same(target: Path, revision: str, files: tuple[HubFile, ...]) -> bool:
    """Whether that folder is this very model, with all these files."""
    data = _read(target / MANIFEST)
    there = data is not None and data.get("revision") == revision
    return there and all(_has(target / file.name, file.size) for file in files)


def _home_of(download: Download, places: Iterable[Path]) -> Path | None:
    """The folder that a download's files go into, beside others or in their place, if one does."""
    taking = [place for place in places if _takes(place, download)]
    return max(taking, key=lambda place: len(_replaced(place, download)), default=None)


def _takes(folder: Path, download: Download) -> bool:
    """Whether a folder is of the same commit, and has room for these files or is to be replaced.

    GGUF files are models by themselves, but in a folder that is a model the library would not look
    for them; a file of that name that was not fetched is the person's. Of any other model all files
    must be replaced: what is known of them is forgotten, and one that stayed might be damaged.
    """
    there = _download("", _read(folder / MANIFEST) or {})
    if there is None or (there.repo, there.revision) != (download.repo, download.revision):
        return False
    if not _only_gguf(download):
        return set(there.files) <= set(download.files)
    new = set(download.files) - set(there.files)
    return not is_model_folder(folder) and not any(is_there(folder / file.name) for file in new)


def _replaced(folder: Path, download: Download) -> set[HubFile]:
    """Which files of a download were fetched into that folder before."""
    there = _download("", _read(folder / MANIFEST) or {})
    return set(download.files) & set(there.files) if there else set()


def _only_gguf(download: Download) -> bool:
    return all(is_gguf_name(file.name) for file in download.files)


def _put_aside(folder: Path, download: Download) -> None:
    """Give another name to what loading would read in a folder besides what was fetched.

    It may be the very change for which the model was fetched again, or the person's own.
    """
    if _only_gguf(download):
        return  # what lies beside them are other models
    fetched = {MANIFEST, *(file.name for file in _replaced(folder, download))}
    for name in stamps(folder).keys() - fetched:
        endings = itertools.chain([ASIDE], (f"{ASIDE}{number}" for number in itertools.count(2)))
        free = (folder / (name + ending) for ending in endings)
        (folder / name).rename(next(path for path in free if not is_there(path)))
