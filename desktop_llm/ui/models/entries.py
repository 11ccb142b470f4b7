"""A model as one row of a list: title, line below, badge, facts at the right. No widgets."""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QLocale

from desktop_llm.core.catalogue import CatalogueModel
from desktop_llm.core.fitting import Fit, Machine, best
from desktop_llm.core.gguf_parts import is_gguf_name
from desktop_llm.core.hub import HubModel
from desktop_llm.core.models import ModelOnDisk
from desktop_llm.ui.language import said
from desktop_llm.ui.models import words


def _tr(text: str) -> str:
    return QCoreApplication.translate("Models", text)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. `badge` is shown in the colour of the token `color`; `facts` stand below it."""

    id: str
    title: str
    tag: str
    line: str
    badge: str = ""
    color: str = "muted"
    facts: str = ""
    chosen: bool = False

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        return ", ".join(part for part in (self.title, self.tag, self.badge, self.line) if part)


def installed(model: ModelOnDisk, selected: str, used: str = "") -> Entry:
    """A model on this computer; `selected` is the one that is loaded when it is needed, `used` the one
    that is in memory."""
    line = said(model.problem) or model.origin or place(model)
    badge, color = ("", "muted")
    if model.problem:
        badge, color = _tr("Cannot be loaded"), "bad"
    elif model.id == used:
        badge, color = _tr("In use"), "accent"
    elif model.id == selected:
        badge = _tr("Chosen, not loaded")
    size = words.data_size(model.size) if model.size else ""
    return Entry(
        model.id, model.name, model.architecture, line, badge, color, size, model.id == selected
    )


def place(model: ModelOnDisk) -> str:
    """Where a model is, or what it comes with."""
    if model.variant_of:
        return _tr("Variant of {name}").format(name=model.variant_of)
    if model.bundled:
        return _tr("Came with the app")
    return str(model.path) if model.linked or model.id == str(model.path) else model.id


def repositories(models: Iterable[ModelOnDisk]) -> frozenset[str]:
    """Their ids, and those of the repositories that they came from."""
    ids = [model.id for model in models]
    # A GGUF file's id is its repository's with the file's name, or its path, behind it.
    ids += ["/".join(one.split("/")[:2]) for one in ids if is_gguf_name(one)]
    # What came while another revision was here lies in NAME@REVISION.
    return frozenset(ids) | {one.partition("@")[0] for one in ids}


def offered(model: CatalogueModel, machine: Machine, here: bool) -> Entry:
    """A model of the catalogue."""
    chosen = best(model.shape, machine)
    size = words.parameters(model.shape.parameters)
    facts = words.pace(chosen) if chosen.fit is not Fit.TOO_LARGE else ""
    badge, color = words.fit(chosen.fit), words.fit_color(chosen.fit)
    if here:
        badge, color = _tr("On this computer"), "accent"
    return Entry(
        model.id,
        model.name,
        f"{words.kind(model.kind)} · {size} · {words.data_size(model.download)}",
        model.sentence(QLocale().name()),
        badge,
        color,
        facts,
    )


def found(model: HubModel, machine: Machine, here: bool) -> Entry:
    """A model that a search of the hub found."""
    parts = [words.parameters(model.parameters)] if model.parameters else []
    parts += [*model.forms, model.licence]
    badge, color = ("", "muted")
    if here:
        badge, color = _tr("On this computer"), "accent"
    elif model.gated:
        badge, color = _tr("Terms to accept"), "warn"
    facts = _tr("{number} downloads").format(number=QLocale().toString(model.downloads))
    owner, _, name = model.id.partition("/")
    return Entry(
        model.id, name or owner, model.task, " · ".join(part for part in parts if part) or owner,
        badge, color, facts,
    )  # fmt: skip
