"""Every text that people see is found, translated, and in the compiled files that are shipped."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtCore import QTranslator

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "resources" / "translations"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "translations", ROOT / "packaging" / "translations.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["translations"] = module  # dataclasses look their module up by its name
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_untranslated(tool: ModuleType, language: str) -> None:
    assert list(tool.untranslated(language)) == []


def test_the_compiled_file_speaks_chinese_wherever_the_source_is_english(tool: ModuleType) -> None:
    translator = QTranslator()
    assert translator.load("desktop_llm_zh_CN", str(FOLDER))
    texts = set(tool.find_texts(ROOT / "desktop_llm"))
    assert len(texts) > 500
    silent = [t for t in texts if not translator.translate(t.context, t.source, "", 2)]
    assert silent == []


def test_a_translation_names_the_same_values_as_its_source(tool: ModuleType) -> None:
    translator = QTranslator()
    assert translator.load("desktop_llm_zh_CN", str(FOLDER))

    def named(text: str) -> set[str]:
        return set(re.findall(r"\{\w+\}|%n", text))

    texts = set(tool.find_texts(ROOT / "desktop_llm"))
    wrong = [
        t for t in texts if named(t.source) != named(translator.translate(t.context, t.source, "", 2))
        and not t.plural
    ]  # fmt: skip
    assert wrong == []


def test_a_text_without_translation_is_told(tool: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "ui").mkdir()
    (tmp_path / "ui" / "new.py").write_text(
        'class Card(QWidget):\n    def __init__(self):\n        self.setText(self.tr("Brand new"))\n'
    )
    (tmp_path / "core.py").write_text('raise UserError("It is {size} bytes.", size=size)\n')
    assert {(t.context, t.source) for t in tool.find_texts(tmp_path)} == {
        ("Card", "Brand new"), ("errors", "It is {size} bytes."),
    }  # fmt: skip


def test_sentences_of_whatever_makes_a_saying_of_them_are_found(
    tool: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "checks.py").write_text(
        "class Refused(Exception):\n"
        "    def __init__(self, reason, todo=None, **values):\n"
        "        self.reason = Saying(reason, **values)\n"
        "class Walk:\n"
        "    def _wrong(self, sentence, **values):\n"
        "        return damaged(Saying(sentence, **values))\n"
        "    def walk(self):\n"
        '        raise self._wrong("it claims {number} keys", number=7)\n'
    )
    (tmp_path / "other.py").write_text(
        'ELSEWHERE = "{name} is elsewhere."\n'
        'raise Refused("It has no vocabulary.", Saying("Choose another."))\n'
        "raise Refused(ELSEWHERE, name=1)\n"
        '_wrong("not shown")\n'
    )
    assert {t.source for t in tool.find_texts(tmp_path)} == {
        "it claims {number} keys", "It has no vocabulary.", "Choose another.",
        "{name} is elsewhere.",
    }  # fmt: skip


@pytest.mark.parametrize(
    "code",
    [
        'UserError("Away.", f"It is {size} bytes.")',
        'Saying(f"It is {size} bytes." if size else "It is empty.")',
        'UserError("Away.", todo="Take " + name)',
    ],
)
def test_a_sentence_with_its_values_in_it_is_refused(
    tool: ModuleType, tmp_path: Path, code: str
) -> None:
    (tmp_path / "core.py").write_text(code)
    with pytest.raises(SystemExit, match="line 1"):
        list(tool.find_texts(tmp_path))
