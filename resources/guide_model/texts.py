"""Reads the corpus: subjects with their answers and ways of asking. Knows no model and no torch."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = ("en", "zh")
SUBJECT_FILES = ("concepts", "uses", "app_window", "app_settings", "talk")
FOLLOW_UPS = ("shorter", "other_language", "why", "example")


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject in one language. `why` and `example` are empty where the corpus has none."""

    id: str
    language: str
    answer: str
    short: str
    why: str
    example: str
    ask: tuple[str, ...]
    names: "Names"


@dataclass(frozen=True, slots=True)
class Names:
    """What something is called, what one does with it, and the frames that fit each."""

    things: tuple[str, ...]
    deeds: tuple[str, ...]
    thing_frames: tuple[str, ...]
    deed_frames: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """All that the guide model learns. Tables are keyed by language, then by subject or kind."""

    subjects: dict[str, dict[str, Subject]]
    follow_ups: dict[str, dict[str, tuple[str, ...]]]
    more_follow_ups: dict[str, dict[str, tuple[str, ...]]]
    nothing_more: dict[str, str]
    nothing_yet: dict[str, str]
    honest: dict[str, str]
    """The answer to questions about anything else."""
    out_of_scope: dict[str, tuple[str, ...]]
    elsewhere: dict[str, Names]
    """Names of things that are none of the guide's business, for the same frames."""

    def answers(self) -> set[str]:
        """Every text that the model may say."""
        found = {*self.nothing_more.values(), *self.nothing_yet.values(), *self.honest.values()}
        for table in self.subjects.values():
            for subject in table.values():
                found |= {subject.answer, subject.short, subject.why, subject.example}
        return found - {""}


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Ways of asking that training never sees, in the same shape as the corpus's."""

    subjects: dict[str, dict[str, tuple[str, ...]]]
    follow_ups: dict[str, dict[str, tuple[str, ...]]]
    out_of_scope: dict[str, tuple[str, ...]]


def read_corpus(folder: Path) -> Corpus:
    """Read all files. Raises OSError, tomllib.TOMLDecodeError, KeyError where one is wrong."""
    subjects: dict[str, dict[str, Subject]] = {language: {} for language in LANGUAGES}
    terms, frames = _read(folder / "terms.toml"), _read(folder / "frames.toml")
    more = _read(folder / "more_asks.toml")
    for name in SUBJECT_FILES:
        for entry in _read(folder / f"{name}.toml")["subject"]:
            for language in LANGUAGES:
                names = _names(terms[entry["id"]], frames, language, name)
                subjects[language][entry["id"]] = _subject(
                    entry["id"], language, entry[language], more[entry["id"]][language], names
                )
    follow_ups = _read(folder / "follow_ups.toml")
    elsewhere = _read(folder / "out_of_scope.toml")
    return Corpus(
        subjects=subjects,
        follow_ups=_by_language(follow_ups),
        more_follow_ups=_by_language(follow_ups["more"]),
        nothing_more=follow_ups["nothing_more"],
        nothing_yet=follow_ups["nothing_yet"],
        honest=elsewhere["answer"],
        out_of_scope={
            language: (
                *elsewhere["ask"][language],
                *more["out_of_scope"][language],
                *_read(folder / "elsewhere.toml")["ask"][language],
            )
            for language in LANGUAGES
        },
        elsewhere={
            language: _names(
                {
                    key: terms["elsewhere"][key] + more["elsewhere"][key]
                    for key in (language, f"{language}_do")
                },
                frames,
                language,
                "app",
            )
            for language in LANGUAGES
        },
    )


def _by_language(kinds: dict[str, dict[str, list[str]]]) -> dict[str, dict[str, tuple[str, ...]]]:
    return {
        language: {kind: tuple(kinds[kind][language]) for kind in FOLLOW_UPS}
        for language in LANGUAGES
    }


def plain(question: str) -> str:
    """A question without its casing, spaces and punctuation: equal ones ask the same words."""
    return "".join(char for char in question.lower() if char.isalnum())


def read_held_out(folder: Path) -> HeldOut:
    """Read held_out.toml. Raises as `read_corpus` does."""
    tables = _read(folder / "held_out.toml")
    elsewhere, follow_ups = tables.pop("out_of_scope"), tables.pop("follow_ups")
    return HeldOut(
        subjects={
            language: {name: tuple(lists[language]) for name, lists in tables.items()}
            for language in LANGUAGES
        },
        follow_ups={
            language: {kind: tuple(lists[language]) for kind, lists in follow_ups.items()}
            for language in LANGUAGES
        },
        out_of_scope={language: tuple(elsewhere[language]) for language in LANGUAGES},
    )


def _names(
    terms: dict[str, list[str]], frames: dict[str, dict[str, list[str]]], language: str, file: str
) -> Names:
    """Small talk has no frames: its names are whole sentences. Features of the app have more."""
    of = frames["of"][language] if file != "talk" else ["{}"]
    return Names(
        things=tuple(terms[language]),
        deeds=tuple(terms.get(f"{language}_do", ())),
        thing_frames=(*of, *(frames["app"][language] if file.startswith("app") else ())),
        deed_frames=tuple(frames["do"][language]),
    )


def _subject(
    name: str, language: str, table: dict[str, object], more: list[str], names: Names
) -> Subject:
    return Subject(
        id=name,
        language=language,
        answer=str(table["answer"]),
        short=str(table["short"]),
        why=str(table.get("why", "")),
        example=str(table.get("example", "")),
        ask=tuple(dict.fromkeys([*table["ask"], *more])),  # type: ignore[misc]
        names=names,
    )


def _read(path: Path) -> dict[str, object]:
    return tomllib.loads(path.read_text("utf-8"))
