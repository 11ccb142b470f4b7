"""Brings the translations up to date: finds every text that people see, and runs Qt's own tools.

    make translations        (or: .venv/bin/python packaging/translations.py)

Texts stand in the window's code (`tr`), in the settings tree, the presets and the errors; lupdate
reads Python but not the last three, so all are found here and handed to it as one list. It merges
them into resources/translations/*.ts; lrelease makes the .qm files. Exit code 1 names what is not
translated yet: write it into the .ts file, with Qt Linguist or by hand, and run it again.
"""

import argparse
import ast
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "resources" / "translations"
LANGUAGES = {"zh_CN": (), "en": ("-pluralonly",)}
"""English is the language of the code; only its plural forms are translated."""
MAKERS = ("_category", "_kind")
"""Functions of core/policy.py that make a setting of a title and a help text."""
ERRORS, SETTINGS, PRESETS = "errors", "settings", "presets"


@dataclass(frozen=True, order=True)
class Text:
    """One text and the context it is looked up in. `plural` has a form for each number."""

    context: str
    source: str
    plural: bool = False


def main() -> int:
    """Parse the command line and do it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, only tell")
    texts = sorted(set(find_texts(ROOT / "desktop_llm")))
    if not parser.parse_args().check:
        for language, options in LANGUAGES.items():
            _update(texts, FOLDER / f"desktop_llm_{language}.ts", options)
    missing = [line for language in LANGUAGES for line in untranslated(texts, language)]
    print("\n".join(missing) or "Everything is translated.")
    return bool(missing)


def find_texts(package: Path) -> Iterator[Text]:
    """Every text of the package that is shown to people."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted(package.rglob("*.py"))}
    errors = _error_names(trees.values())
    tellers = {name for tree in trees.values() for name in _tellers(tree) if name[0] != "_"}
    wrappers = {name: context for tree in trees.values() for name, context in _wrappers(tree)}
    for path, tree in trees.items():
        if "ui" in path.parts:
            yield from _shown(tree, wrappers | dict(_wrappers(tree)), _class_contexts(tree))
        yield from _described(tree, errors, tellers.union(_tellers(tree)))
        if "cli" not in path.parts:  # the command line speaks English only
            _refuse_pieced_together(path, tree, errors | tellers.union(_tellers(tree)))


def untranslated(texts: Iterable[Text], language: str) -> Iterator[str]:
    """A line for each of the texts that the language's file does not translate."""
    known = _read(FOLDER / f"desktop_llm_{language}.ts")
    for text in sorted(texts):
        if not known.get(text) and (language != "en" or text.plural):
            yield f"{language}: {text.context}: {text.source!r}"


def _read(path: Path) -> dict[Text, bool]:
    """The texts of a .ts file, and whether each is translated."""
    found = {}
    for context in ElementTree.parse(path).getroot().iter("context"):
        name = context.findtext("name") or ""
        for message in context.iter("message"):
            text = Text(name, message.findtext("source") or "", message.get("numerus") == "yes")
            words = message.find("translation")
            forms = (
                [] if words is None else [words.text, *(f.text for f in words.iter("numerusform"))]
            )
            done = words is not None and words.get("type") is None
            found[text] = done and any((form or "").strip() for form in forms)
    return found


def _update(texts: list[Text], ts: Path, options: tuple[str, ...]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "texts.cpp"
        listed.write_text("\n".join(_macro(text) for text in texts), "utf-8")
        tool = [_tool("lupdate"), str(listed), "-locations", "none", "-no-obsolete", "-silent"]
        language = ts.stem.removeprefix("desktop_llm_")
        languages = ["-source-language", "en", "-target-language", language]
        subprocess.run([*tool, *languages, *options, "-ts", str(ts)], check=True)
    release = [_tool("lrelease"), "-silent", str(ts), "-qm", str(ts.with_suffix(".qm"))]
    subprocess.run(release, check=True)


def _tool(name: str) -> str:
    return str(Path(sys.executable).with_name(f"pyside6-{name}"))


def _macro(text: Text) -> str:
    words = [_quoted(text.context), _quoted(text.source)]
    if text.plural:
        return f"auto x = QT_TRANSLATE_N_NOOP({', '.join(words)});"
    return f"auto x = QT_TRANSLATE_NOOP({', '.join(words)});"


def _quoted(text: str) -> str:
    """A C++ string. The characters beyond ASCII stand as they are; lupdate reads UTF-8."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{plain}"'


# Finding


def _error_names(trees: object) -> set[str]:
    """UserError and the classes below it."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    names = {"UserError"}
    while True:
        more = {c.name for c in classes if names & {ast.unparse(base) for base in c.bases}}
        if more <= names:
            return names
        names |= more


def _tellers(tree: ast.Module) -> Iterator[str]:
    """Functions and classes of a module that make a saying of the sentence they are given first."""
    yield "Saying"
    classes = _class_contexts(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef):
            continue
        first = [arg.arg for arg in node.args.args if arg.arg != "self"][:1]
        calls = [call for call in ast.walk(node) if isinstance(call, ast.Call)]
        made = [call.args for call in calls if ast.unparse(call.func) == "Saying"]
        if any([ast.unparse(arg) for arg in arguments] == first for arguments in made):
            yield classes[node] if node.name == "__init__" else node.name


def _wrappers(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Functions of a module that only translate their argument, or mark it, and the context."""
    constants = _constants(tree)
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or len(node.args.args) != 1:
            continue
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("translate"):
                context = constants.get(ast.unparse(call.args[0])) or _literal(call.args[0])
                if context and ast.unparse(call.args[1]) == node.args.args[0].arg:
                    yield node.name, context
        if node.name == "_noop" and "CONTEXT" in constants:
            yield node.name, constants["CONTEXT"]


def _constants(tree: ast.Module) -> dict[str, str]:
    named = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = _literal(node.value)
            if value is not None:
                named[node.targets[0].id] = value
    return named


def _class_contexts(tree: ast.Module) -> dict[ast.AST, str]:
    """The class that every node stands in: the context of its `self.tr`."""
    return {
        inner: node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for inner in ast.walk(node)
    }


def _shown(
    tree: ast.Module, wrappers: dict[str, str], classes: dict[ast.AST, str]
) -> Iterator[Text]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called, words = ast.unparse(node.func), [_literal(arg) for arg in node.args]
        if called == "self.tr" or (called == "tr" and len(words) == 1):
            if words[0] is None:
                raise SystemExit(f"line {node.lineno}: {called}() needs a text that stands there")
            yield Text(classes[node], words[0], plural=len(words) == 3)
        elif called.split(".")[-1] in ("translate", "tr") and len(words) > 1 and None not in words:
            yield Text(str(words[0]), str(words[1]))
        elif called in wrappers and words[0] is not None:
            yield Text(wrappers[called], words[0])


def _described(tree: ast.Module, errors: set[str], tellers: set[str]) -> Iterator[Text]:
    """Texts of settings, presets and errors."""
    constants = _constants(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        named = {word.arg: word.value for word in node.keywords}
        if called == "setting":
            texts = [*node.args[1:3], *(named[n] for n in ("title", "help", "unit") if n in named)]
            yield from _texts(SETTINGS, texts, constants)
        elif called in MAKERS:
            yield from _texts(SETTINGS, node.args[:2], constants)
        elif called == "Preset":
            yield from _texts(PRESETS, node.args[:1], constants)
        elif called.split(".")[-1] in tellers:
            yield from _texts(ERRORS, node.args[:1], constants)
        elif called in errors:
            texts = [*node.args, *(named[n] for n in ("what", "why", "todo") if n in named)]
            yield from _texts(ERRORS, texts, constants)


def _refuse_pieced_together(path: Path, tree: ast.Module, names: set[str]) -> None:
    """A sentence with its values in it already can be translated by nobody: end, naming it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in names:
            named = [word.value for word in node.keywords if word.arg in ("what", "why", "todo")]
            texts = [
                branch
                for text in (*node.args, *named)
                for branch in ((text.body, text.orelse) if isinstance(text, ast.IfExp) else (text,))
            ]
            if any(isinstance(text, ast.JoinedStr | ast.BinOp) for text in texts):
                raise SystemExit(
                    f"{path}, line {node.lineno}: name the values: Saying(..., name=value)"
                )


def _texts(context: str, nodes: list[ast.expr], constants: dict[str, str]) -> Iterator[Text]:
    for node in nodes:
        for branch in (node.body, node.orelse) if isinstance(node, ast.IfExp) else (node,):
            text = _literal(branch) or constants.get(ast.unparse(branch))
            if text:
                yield Text(context, text)


def _literal(node: ast.expr) -> str | None:
    """The value of a string that stands in the code; None for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


if __name__ == "__main__":
    sys.exit(main())
