"""The models on this computer: the guide model, those in the models folder, linked and found ones.

Finds, names and checks them; downloads and loads nothing, knows no torch.
"""

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from desktop_llm.core.errors import HomeError, ModelError, UserError
from desktop_llm.core.gguf import is_gguf
from desktop_llm.core.gguf_parts import is_single_file, parts_of
from desktop_llm.core.model_defaults import Variant
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.core.on_disk import expanded, is_file, is_folder, require_seen, whole
from desktop_llm.core.ports import Report
from desktop_llm.core.settings import GUIDE_MODEL_ID
from desktop_llm.library.check import look_at, require_model
from desktop_llm.library.folders import (
    MOST,
    Candidate,
    is_model_folder,
    model_in,
    models_below,
    name_of,
    place_of,
    real,
)
from desktop_llm.library.gate import Gate, verdict_of
from desktop_llm.library.inspector.verdict import Verdict
from desktop_llm.library.links import Links
from desktop_llm.library.matching import match, unknown
from desktop_llm.library.moving import move_models
from desktop_llm.library.records import Record, Records, Stamp, stamps
from desktop_llm.library.removing import folder_of, remove_model, require_removable

GUIDE_NAME = "Guide model"
DEPTH, LINKED_DEPTH = 5, 3
"""A model may lie in the models folder itself, as org/name, or up to two folders deeper.

Repositories keep GGUF files in folders named by their precision, and a download keeps their names.
Folders that are linked may be large and hold anything: they are not looked through so deep.
"""
PATIENCE_S = 0.06
"""How long a list looks at models it has not seen before; the rest is looked at next time."""


class Library:
    """The models that can be chosen. `bundled` is the guide model's folder, None where it is absent.

    `elsewhere` finds models of other programs; `moved` keeps in mind where the models folder is now;
    `variants` are other names for models that are here.
    """

    def __init__(
        self,
        models_dir: Path,
        bundled: Path | None,
        elsewhere: Callable[[], Iterable[Candidate]] = tuple,
        moved: Callable[[Path], None] = lambda folder: None,
        variants: Callable[[], Iterable[Variant]] = tuple,
    ) -> None:
        self._bundled, self._elsewhere, self._moved = bundled, elsewhere, moved
        self._variants = variants
        self._keep_in(models_dir)

    def list(self) -> tuple[ModelOnDisk, ...]:
        """Every model, the guide model first, then by name. One that is damaged says so itself.

        Quick with hundreds of models: what was seen before and has not changed is remembered.
        """
        models = self._described(self._all(), PATIENCE_S)
        models = (*models, *_variants_of(models, self._variants()))
        return tuple(sorted(models, key=lambda m: (not m.bundled, m.name.lower(), m.id)))

    def find(self, name_or_path: str) -> ModelOnDisk:
        """The model of that id, name (in any case), beginning of a name or id, folder or GGUF file.

        Raises ModelError, naming near ones, where there is none or more than one.
        """
        models, wanted = self.list(), name_or_path.strip()
        found = match(models, _as_text(wanted))
        if found is not None:
            return found
        path = expanded(wanted)
        if wanted and (is_folder(path) or is_gguf(path)):
            own = self._own_places()
            path = _meant(path, own)
            path = own.get(path, path)
            unlisted = Candidate(path, str(path), name_of(path))
            meant = next((one for one in self._all() if one.path == path), unlisted)
            return self._described([meant], PATIENCE_S)[0]
        if path.is_absolute():
            require_seen(path)
        raise unknown(wanted, models)

    def listed(self, name: str) -> ModelOnDisk:
        """The model of that id or name among those that are listed. Raises ModelError as `find` does.

        For names that strangers may have written, in a policy that was given away: no folder is
        looked at because the name says so. On Windows that alone would call on a computer afar.
        """
        models, wanted = self.list(), name.strip()
        found = match(models, _as_text(wanted))
        if found is None:
            raise ModelError(
                "There is no model named {wanted} in the list of models.",
                todo="Add it to the models, or choose another one.",
                wanted=repr(wanted),
            )
        return found

    def add(self, path: Path) -> ModelOnDisk:
        """Link a model that lies elsewhere, or a folder of models; it stays where it is.

        What was known of it is forgotten: adding a model again says that its files are right.
        Raises ModelError where it cannot be loaded, HomeError where the link cannot be kept.
        """
        own = self._own_places()
        path = _meant(path, own)
        found = (
            (path,)
            if is_file(path)
            else tuple(itertools.islice(model_in(path, LINKED_DEPTH), MOST))
        )
        models = [own.get(place_of(model), model) for model in found or (path,)]
        first = models[0]  # where none was found, what was given: its trouble is told
        require_model(first, stamps(first))
        known = set(own.values())
        if not known.issuperset(models):
            self._links.add(path)
        for model in models:
            self._gate.accept(model)
        linked = first not in known
        candidate = Candidate(first, self._id(first), name_of(first), linked=linked)
        return self._described([candidate])[0]

    def add_checked(self, path: Path, report: Report, cancel: threading.Event) -> ModelOnDisk:
        """The same where the first model passes `check`; else nothing is linked that was not before.

        Raises as both do.
        """
        path = _meant(path, self._own_places())
        linked = path in self._links.all()
        try:
            added = self.add(path)
            self.check(added, report, cancel)
        except BaseException:  # Ctrl-C too: what was not looked at is not to be found
            if not linked and path in self._links.all():
                self._links.remove(path)
            raise
        return added

    def check(self, model: ModelOnDisk, report: Report, cancel: threading.Event) -> None:
        """See `core.ports.Models.check`."""
        self._gate.check(model, report, cancel)

    def verify(self, model: ModelOnDisk, report: Report, cancel: threading.Event) -> bool:
        """See `Gate.verify`."""
        return self._gate.verify(model, report, cancel)

    def accept(self, model: ModelOnDisk) -> None:
        """Take a model's files as they are now: the next check pins them anew."""
        self._gate.accept(model.path)

    def verdict(self, model: ModelOnDisk) -> Verdict | None:
        """What the inspector said of it last, None where it has not looked."""
        record = self._records.get(model.path)
        return verdict_of(record) if record is not None else None

    def require_removable(self, model: ModelOnDisk) -> None:
        """See `core.ports.Models.require_removable`."""
        if not model.variant_of:
            require_removable(model, self._links)

    def linked_folder(self, model: ModelOnDisk) -> Path | None:
        """See `core.ports.Models.linked_folder`."""
        return None if model.variant_of else folder_of(model, self._links)

    def linked_at(self, path: str) -> Path | None:
        """The linked folder of models at that path; None where there is none, or a model's name."""
        low = path.strip().lower()
        if not low or any(low in (one.name.lower(), one.id.lower()) for one in self.list()):
            return None
        place = whole(path.strip())
        folders = (one for one in self._links.all() if one in (place, real(place)))
        return next((one for one in folders if not (is_file(one) or is_model_folder(one))), None)

    def unlink(self, folder: Path) -> None:
        """See `core.ports.Models.unlink`."""
        before = {one.path for one in self._linked()}
        self._links.remove(folder)
        self._records.forget(*before.difference(one.path for one in self._linked()))

    def remove(self, model: ModelOnDisk) -> int:
        """See `core.ports.Models.remove`."""
        if model.variant_of:
            return 0  # a name is all it has of its own, and that is kept elsewhere
        held = remove_model(model, self._models_dir, self._links)
        self._records.forget(model.path)
        return held

    def move(self, folder: Path, report: Report, cancel: threading.Event) -> None:
        """See `core.ports.Models.move`."""

        before = self._models_dir

        def switch(target: Path) -> None:
            try:
                self._moved(target)
                self._keep_in(target)
            except BaseException as error:  # Ctrl-C too: what was copied is deleted again then
                self._keep_in(before)
                with contextlib.suppress(UserError):
                    self._moved(before)  # what cannot be kept in mind would apply until the end
                if not isinstance(error, UserError):
                    raise
                raise HomeError(
                    "The models stay where they were.", *error.reason_and_todo
                ) from error

        move_models(self._models_dir, folder, switch, report, cancel)

    def follow(self, models_dir: Path) -> None:
        """Look in that models folder from now on: somebody else has moved the models there."""
        if models_dir != self._models_dir:
            self._keep_in(models_dir)

    # Inside

    def _keep_in(self, models_dir: Path) -> None:
        self._models_dir = models_dir
        self._links, self._records = Links(models_dir), Records(models_dir)
        self._gate = Gate(self._records)

    def _all(self) -> Iterator[Candidate]:
        """Every model, each once: the guide, the person's own, then those of other programs."""
        return _once(itertools.chain(self._guide(), self._own(), self._linked(), self._elsewhere()))

    def _guide(self) -> Iterator[Candidate]:
        if self._bundled is not None and is_folder(self._bundled):
            yield Candidate(self._bundled, GUIDE_MODEL_ID, GUIDE_NAME, bundled=True)

    def _own(self) -> Iterator[Candidate]:
        for model in models_below(self._models_dir, DEPTH):
            yield Candidate(model, self._id(model), name_of(model))

    def _own_places(self) -> dict[Path, Path]:
        """The models of the models folder, as they are listed, by where they really lie.

        Somebody may come to one by another way: through a link, or past the one that we take.
        """
        places: dict[Path, Path] = {}
        for candidate in self._own():
            places.setdefault(place_of(candidate.path), candidate.path)
        return places

    def _linked(self) -> Iterator[Candidate]:
        for path in self._links.all():
            if is_folder(path) and not is_model_folder(path):
                inside = tuple(itertools.islice(models_below(path, LINKED_DEPTH), MOST))
            else:
                inside = ()
            for model in inside or (path,):
                yield Candidate(model, self._id(model), name_of(model), linked=True)

    def _id(self, model: Path) -> str:
        if model.is_relative_to(self._models_dir):
            return model.relative_to(self._models_dir).as_posix()
        return str(model)

    def _described(
        self, candidates: Iterable[Candidate], patience_s: float = 10.0
    ) -> tuple[ModelOnDisk, ...]:
        """What is known of each; new ones are looked at until patience ends."""
        until = time.monotonic() + patience_s
        new: dict[Path, Record] = {}
        models = []
        for candidate in candidates:
            now = stamps(candidate.path)
            record = self._records.get(candidate.path)
            if record is None or record.stamps != now:
                if time.monotonic() < until:
                    record = _renewed(candidate.path, now, record)
                    new[candidate.path] = record
                else:
                    record = Record(now, sum(size for size, _ in now.values()))
            models.append(_model(candidate, record))
        self._records.put(new)
        return tuple(models)


def _variants_of(
    models: Iterable[ModelOnDisk], variants: Iterable[Variant]
) -> Iterator[ModelOnDisk]:
    """The variants of models that are there."""
    known = {model.id: model for model in models}
    for variant in variants:
        if base := known.get(variant.of):
            yield replace(base, id=variant.id, name=variant.name, variant_of=base.id)


def _renewed(path: Path, now: dict[str, Stamp], before: Record | None) -> Record:
    """A new look; what was pinned stays, and with the old stamps, so that the gate looks too."""
    looked = look_at(path, now)
    return looked if before is None else replace(looked, hashes=before.hashes)


def _once(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """Each model once, and each id: who comes second to one is called by its path.

    Programs have several folders for models, which may hold copies, or be links to one another.
    """
    seen: set[Path] = set()
    given: dict[str, Path] = {}
    for candidate in candidates:
        if candidate.path in seen:
            continue
        seen.add(candidate.path)
        first = given.setdefault(candidate.id, candidate.path)
        if first == candidate.path:
            yield candidate
        elif not _same(first, candidate.path):
            yield replace(candidate, id=str(candidate.path))


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _meant(path: Path, own: Collection[Path]) -> Path:
    """Where the model lies: a file of one stands for its folder. `own` are those that are listed.

    A link to a file counts where it leads, unless it leads to a name that says nothing, as those in
    Hugging Face's cache do.
    """
    path = expanded(path)
    here, there = place_of(path), real(path)
    if here.suffix in (".safetensors", ".json") and is_file(here):
        return next(filter(is_model_folder, (here.parent, there.parent)), here.parent)
    return here if here in own or not _is_whole(there) else there


def _is_whole(path: Path) -> bool:
    """Whether that is a GGUF model's file, or the first of its files, and all of them are there."""
    return is_single_file(path.name) and all(map(is_file, parts_of(path)))


def _model(candidate: Candidate, record: Record) -> ModelOnDisk:
    return ModelOnDisk(
        _as_text(candidate.id), _as_text(candidate.name), candidate.path, record.size,
        record.architecture, bundled=candidate.bundled, problem=record.problem,
        origin=candidate.origin, linked=candidate.linked,
    )  # fmt: skip


def _as_text(name: str) -> str:
    """The name as every file and the history can keep it: a byte that is no UTF-8 becomes `\\udcNN`."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
