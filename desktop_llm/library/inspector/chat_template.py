"""The chat template: a program of a stranger's, run in jinja's sandbox on conversations of many shapes.

The sandbox keeps it from the machine; the limits of this process keep it from using the machine up.
The environment is the one that transformers gives a template (utils/chat_template_utils.py).
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
import jinja2.ext
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from desktop_llm.core.model_files import read_json
from desktop_llm.core.sayings import Saying
from desktop_llm.library.inspector.looking import TEMPLATE_S, Looking
from desktop_llm.library.inspector.verdict import RefusedError

FILES = ("chat_template.jinja", "chat_template.json", "tokenizer_config.json")
MORE = "additional_chat_templates"
LONGEST_SOURCE = 1_000_000
LONGEST_RENDERED = 65_536
LONG_TEXT = 400
"""Characters of plain text in a template from which on a person should know of it."""
ADVICE = Saying("The chat template is damaged or made to do harm. Do not use this copy.")

Message = dict[str, str]


def _turns(*texts: str, system: str = "") -> list[Message]:
    roles = ("user", "assistant")
    first = [{"role": "system", "content": system}] if system else []
    return first + [{"role": roles[i % 2], "content": text} for i, text in enumerate(texts)]


CONVERSATIONS = (
    _turns("Hello"),
    _turns("Hello", system="You are helpful."),
    _turns("Hello", "Hi.", "How are you?"),
    _turns("你好", "你好！", "再见", system="用中文回答。"),
    _turns("x" * 2000),
    _turns(""),
    _turns("{{ 7 * 7 }} {% raw %} <|im_end|> [INST]"),
    _turns("a\n\nb", "<think>\nwell\n</think>\nc", "d"),
    _turns("1", "2", "3", "4", "5", "6", "7", "8", "9"),
    _turns("Hello", "Hi."),
)


def probe(looking: Looking) -> None:
    """Every template of the model ends soon, renders little, and touches nothing."""
    for name, source in _sources(looking):
        looking.look(name, TEMPLATE_S)
        render(source, _special_tokens(looking))
        text = longest_text(source)
        if len(text) > LONG_TEXT:
            looking.notes.append(
                Saying(
                    "{name} has text of its own for the model: {text}", name=name, text=text[:200]
                )
            )


def probe_edited(looking: Looking, source: str) -> None:
    """A template that a person wrote, with the special tokens of the model at the path.

    Of one that does not render all conversations there is a note.
    """
    looking.look("chat template", TEMPLATE_S)
    failures = render(source, _special_tokens(looking))
    if failures:
        looking.notes.append(
            Saying(
                "It renders {count} of {all} conversations; the first that fails: {failure}",
                count=len(CONVERSATIONS) - len(failures),
                all=len(CONVERSATIONS),
                failure=failures[0],
            )
        )


def _sources(looking: Looking) -> Iterator[tuple[str, str]]:
    for name in FILES:
        if not looking.has(name):
            continue
        if name.endswith(".jinja"):
            yield name, _text(looking.look(name))
        else:
            for source in _in_settings(looking.json(name).get("chat_template")):
                yield name, source
    folder = looking.folder / MORE
    if looking.path.is_dir() and folder.is_dir():
        for path in sorted(folder.glob("*.jinja")):
            looking.look(f"{MORE}/{path.name}")
            if not path.resolve().is_relative_to(looking.folder.resolve()):
                raise RefusedError("It is a link to outside the model's own folder.")
            yield f"{MORE}/{path.name}", _text(path)


def _in_settings(told: object) -> Iterator[str]:
    """One template, or several by name: a list of {name, template}, or a mapping."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict):
        yield from (source for source in told.values() if isinstance(source, str))
    elif isinstance(told, list):
        for one in told:
            if isinstance(one, dict) and isinstance(one.get("template"), str):
                yield one["template"]


def _text(path: Path) -> str:
    if path.stat().st_size > LONGEST_SOURCE:
        raise RefusedError("It is longer than any real chat template.", ADVICE)
    return path.read_text("utf-8", "replace")


def _special_tokens(looking: Looking) -> dict[str, str]:
    if not looking.has(FILES[2]) or looking.path.is_file():
        return {}
    settings = read_json(looking.folder / FILES[2])
    found = {}
    for key, value in settings.items():
        if key.endswith("_token"):
            content = value.get("content") if isinstance(value, dict) else value
            if isinstance(content, str):
                found[key] = content
    return found


def render(source: str, special: Mapping[str, str]) -> tuple[str, ...]:
    """Render every conversation; why, for each of those that it does not render.

    Many a real template refuses some, such as those with a system prompt. Raises RefusedError where
    it is unfit or renders none, MemoryError where too large.
    """
    if len(source) > LONGEST_SOURCE:
        raise RefusedError("Its chat template is longer than any real one.", ADVICE)
    try:
        template = _environment().from_string(source)
    except (jinja2.TemplateError, RecursionError, SyntaxError, ValueError) as error:
        raise RefusedError(
            "Its chat template cannot be read: {error}", ADVICE, error=str(error)
        ) from error
    failures: dict[int, str] = {}
    rendered = 0
    for number, messages in enumerate(CONVERSATIONS):
        for add in (True, False):
            try:
                _render_one(template, messages, special, add=add)
                rendered += 1
            except SecurityError as error:
                raise RefusedError(
                    "Its chat template reaches for more: {error}", ADVICE, error=str(error)
                ) from error
            except (RefusedError, MemoryError):
                raise
            except Exception as error:  # noqa: BLE001 - whatever a stranger's program may raise
                failures.setdefault(number, f"{type(error).__name__}: {error}")
    if not rendered:
        raise RefusedError(
            "Its chat template renders no conversation: {failure}", ADVICE, failure=failures[0]
        )
    return tuple(failures.values())


def _render_one(
    template: jinja2.Template, messages: list[Message], special: Mapping[str, str], *, add: bool
) -> None:
    pieces = template.generate(
        messages=messages, tools=None, documents=None, add_generation_prompt=add, **special
    )
    most = LONGEST_RENDERED + sum(len(message["content"]) for message in messages)
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            raise RefusedError(
                "Its chat template makes more than {most} characters of a few words.",
                ADVICE,
                most=f"{LONGEST_RENDERED:,}",
            )


class _Generation(jinja2.ext.Extension):
    """transformers' `{% generation %}`, which marks what the assistant says and renders it."""

    tags = {"generation"}  # noqa: RUF012 - so jinja declares it

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return list(parser.parse_statements(("name:endgeneration",), drop_needle=True))


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, jinja2.ext.loopcontrols]
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _raise
    environment.globals["strftime_now"] = lambda form: datetime.now().astimezone().strftime(form)
    return environment


def _to_json(value: Any, ensure_ascii: bool = False, **form: Any) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, **form)


def _raise(message: str) -> None:
    raise jinja2.TemplateError(message)


def longest_text(source: str) -> str:
    """The longest plain text that a template writes whatever the conversation is."""
    tree = _environment().parse(source)
    texts = [node.data for node in tree.find_all(nodes.TemplateData)]
    texts += [node.value for node in tree.find_all(nodes.Const) if isinstance(node.value, str)]
    return max(texts, key=len, default="").strip()
