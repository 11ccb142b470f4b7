"""Every text that people see is found, translated, and in the compiled files that are shipped."""

import importlib.util
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

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


@pytest.fixture(scope="module")
def texts(tool: ModuleType) -> set[Any]:
    """Every text of the package: reading it all takes seconds."""
    return set(tool.find_texts(ROOT / "desktop_llm"))


@pytest.fixture(scope="module")
def chinese_words() -> QTranslator:
    translator = QTranslator()
    assert translator.load("desktop_llm_zh_CN", str(FOLDER))
    return translator


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_untranslated(tool: ModuleType, texts: set[Any], language: str) -> None:
    assert list(tool.untranslated(texts, language)) == []


def test_the_compiled_file_speaks_chinese_wherever_the_source_is_english(
    texts: set[Any], chinese_words: QTranslator
) -> None:
    assert len(texts) > 500
    silent = [t for t in texts if not chinese_words.translate(t.context, t.source, "", 2)]
    assert silent == []


def test_a_translation_names_the_same_values_as_its_source(
    texts: set[Any], chinese_words: QTranslator
) -> None:
    def named(text: str) -> set[str]:
        return set(re.findall(r"\{\w+\}|%n", text))

    wrong = [
        t for t in texts if not t.plural
        and named(t.source) != named(chinese_words.translate(t.context, t.source, "", 2))
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


TERMS = {
    "guard model": "守卫模型", "system prompt": "系统提示", "chat template": "聊天模板",
    "context window": "上下文窗口", "safety filter": "安全过滤", "access token": "访问令牌",
    "keyring": "钥匙串", "balanced": "均衡", "hub": "模型站",
}  # fmt: skip
"""What the guide calls these things in Chinese."""


@pytest.mark.parametrize(("english", "chinese"), TERMS.items())
def test_a_thing_has_one_name_in_chinese(
    texts: set[Any], chinese_words: QTranslator, english: str, chinese: str
) -> None:
    named = re.compile(rf"\b{english}\b", re.IGNORECASE)
    said = {
        text: chinese_words.translate(text.context, text.source, "", 2)
        for text in texts
        if named.search(text.source)
    }
    assert said
    assert [text.source for text, words in said.items() if chinese not in words] == []


def test_what_the_guide_tells_to_press_or_choose_is_called_so_in_the_window(
    texts: set[Any], chinese_words: QTranslator
) -> None:
    quoted = set()
    for path in (ROOT / "resources" / "guide_model" / "corpus").glob("app_*.toml"):
        for subject in tomllib.loads(path.read_text("utf-8"))["subject"]:
            told = " ".join(subject["zh"].get(part, "") for part in ("answer", "short", "why"))
            quoted.update(re.findall("“([^”]+)”", told))
    shown = {chinese_words.translate(text.context, text.source, "", 2) for text in texts}
    assert len(quoted) > 20
    # These two stand below a reply, with more around them or another number.
    assert quoted - shown == {"中断", "思考了6秒"}
