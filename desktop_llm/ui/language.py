"""The window's language: finds and installs its translation. Translates no sentence by itself.

Texts are translated where they are shown (`tr`), so a window that is made after `speak` speaks
the new language; one that is there already does not change.
"""

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from desktop_llm.core.errors import Remedy, UserError
from desktop_llm.core.sayings import Saying
from desktop_llm.core.settings import Language
from desktop_llm.resources import resource

ERRORS = "errors"
"""The context in which the sentences of errors are translated."""
QTS_OWN = ("qtbase",)
"""Qt's own translations, for its dialogs and the menus of text fields."""


def speak(wanted: Language) -> None:
    """Install the translation of a language in the place of the one before; numbers follow it."""
    app = QCoreApplication.instance()
    assert app is not None
    name = _known(wanted)
    for old in app.findChildren(QTranslator):
        app.removeTranslator(old)
        old.deleteLater()
    QLocale.setDefault(QLocale(name) if wanted is not Language.SYSTEM else QLocale.system())
    qts = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    for folder, file in [
        *((qts, f"{part}_{name}") for part in QTS_OWN if name != Language.ENGLISH),
        (resource("translations"), f"desktop_llm_{name}"),
    ]:
        translator = QTranslator(app)
        if translator.load(file, str(folder)):
            app.installTranslator(translator)


def _known(wanted: Language) -> str:
    """The language itself, or for SYSTEM the first of the desktop's that the app knows."""
    if wanted is not Language.SYSTEM:
        return wanted.value
    for spoken in QLocale.system().uiLanguages():
        if QLocale(spoken).language() is QLocale.Language.Chinese:
            return Language.CHINESE.value
        if QLocale(spoken).language() is QLocale.Language.English:
            return Language.ENGLISH.value
    return Language.ENGLISH.value


def preset_words(name: str) -> str:
    """The name of a preset; one that the person made is called what they called it."""
    return QCoreApplication.translate("presets", name)


def error_words(error: UserError) -> tuple[str, str, str]:
    """What happened, why, and what to do, in the window's language."""
    what, why, todo = map(_closed_up, error.told(_told))
    return what, why, todo


def said(sayings: Iterable[Saying]) -> str:
    """What the engine says of itself, or what is wrong with a model, in the window's language."""
    return _joined(saying.told(_told) for saying in sayings)


def _told(sentence: str) -> str:
    return QCoreApplication.translate(ERRORS, sentence)


def error_text(error: UserError) -> str:
    """The same as one text. From any thread."""
    return _joined(error_words(error))


def _joined(sentences: Iterable[str]) -> str:
    """One text of them."""
    return _closed_up(" ".join(filter(None, sentences)))


def _closed_up(text: str) -> str:
    """A full stop as wide as a character has its space within it."""
    return text.replace("。 ", "。")


def remedy_words(remedy: Remedy) -> str:
    """What a button that does it says."""
    tokens = QLocale().toString(remedy.context_window)
    if not remedy.precision:
        told = QCoreApplication.translate("Banner", "Load with a context of {tokens} tokens")
    else:
        told = QCoreApplication.translate(
            "Banner", "Load in {precision} with a context of {tokens} tokens"
        )
    return told.format(tokens=tokens, precision=remedy.precision)
