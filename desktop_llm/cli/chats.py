"""`desktop-llm chats`: the history in a terminal. Makes none where there is none."""

import argparse
from pathlib import Path
from typing import Any

from desktop_llm.cli import home, terminal
from desktop_llm.core.covering import covered_hits
from desktop_llm.core.errors import NotFoundError, UsageError
from desktop_llm.core.messages import Conversation
from desktop_llm.core.on_disk import expanded
from desktop_llm.core.personal import changed, find_after
from desktop_llm.safety.filter import to_hide
from desktop_llm.safety.imported import filtered
from desktop_llm.storage import export
from desktop_llm.storage.history import History
from desktop_llm.storage.importing import read_file
from desktop_llm.storage.opening import open_history
from desktop_llm.storage.paths import find_paths

SHORT = 8
NONE_YET = "There are no conversations yet."


def add_to(commands: Any) -> None:
    """Add these commands to the parser."""
    parser = commands.add_parser("chats", help="list, show, search and delete conversations")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="all conversations, the newest first")
    listing.add_argument("--json", action="store_true", help="print one JSON array")
    listing.set_defaults(run=list_all)
    show = actions.add_parser("show", help="one conversation as Markdown")
    show.add_argument("id", metavar="ID", help="its id, or the start of it")
    show.add_argument("--json", action="store_true", help="print all of it, every version")
    show.add_argument(
        "--mask-personal", action="store_true", help="hide personal data and secrets in it"
    )
    show.set_defaults(run=show_one)
    search = actions.add_parser("search", help="find a text in titles and messages")
    search.add_argument("text", metavar="TEXT")
    search.set_defaults(run=search_all)
    add = actions.add_parser("import", help="add a conversation that was exported as JSON")
    add.add_argument("path", metavar="FILE", type=Path)
    add.set_defaults(run=import_one)
    delete = actions.add_parser("delete", help="erase a conversation; there is no way back")
    delete.add_argument("id", metavar="ID", help="its id, or the start of it")
    delete.set_defaults(run=delete_one)


def list_all(options: argparse.Namespace) -> int:
    """Print a line for every conversation."""
    with home.history(home.ready()) as history:
        conversations = history.conversations() if history else ()
    if options.json:
        # As in an export: where an adapter lies tells whose it is.
        told = [changed(one, (), lambda text, _before: text)[0] for one in conversations]
        terminal.write_json([export.conversation_data(one) for one in told], indent=1)
    elif not conversations:
        terminal.complain(NONE_YET)
    for conversation in () if options.json else conversations:
        when = conversation.updated.astimezone().strftime("%Y-%m-%d %H:%M")
        terminal.say(f"{conversation.id[:SHORT]}  {when}  {_title(conversation)}")
    return 0


def show_one(options: argparse.Namespace) -> int:
    """Print a conversation."""
    with home.history(home.ready()) as history:
        conversation = _find(history, options.id)
        messages = history.messages(conversation.id) if history else ()
    given = _Given(mask=options.mask_personal)
    if options.json:
        text = terminal.escaped(export.to_json(*changed(conversation, messages, given)))
        write = terminal.write
    else:
        text = export.to_markdown(conversation, messages, given)
        write = terminal.write_as_it_comes
    given.complain()
    write(text)
    return 0


class _Given:
    """What is printed goes to files and other programs: personal data in it is masked, or told."""

    def __init__(self, *, mask: bool) -> None:
        self._policy = home.settings(find_paths()).values.safety
        self._mask, self._count = mask, 0

    def __call__(self, text: str, before: str = "") -> str:
        """A `core.personal.Change`."""
        from desktop_llm.safety.personal import find_personal

        found = find_after(lambda one: find_personal(self._policy, one), text, before)
        self._count += len(found.marks)
        return found.masked if self._mask else text

    def complain(self) -> None:
        """Tell what was not masked, where the settings want it told."""
        if self._count and not self._mask and self._policy.personal.ask:
            terminal.complain(
                f"Places with personal data: {self._count}. --mask-personal hides them."
            )


def search_all(options: argparse.Namespace) -> int:
    """Print a line for every place where the text was found."""
    paths = home.ready()
    safety = home.settings(paths).values.safety
    with home.history(paths) as history:
        hits = history.search(options.text) if history else ()
    if not hits:
        terminal.complain("Nothing was found.")
    for hit in covered_hits(hits, lambda text: to_hide(safety, text)):
        where = "" if hit.message_id is None else f"  {hit.snippet}"
        terminal.say(f"{hit.conversation_id[:SHORT]}  {hit.title}{where}")
    return 0


def import_one(options: argparse.Namespace) -> int:
    """Add a conversation from a file; nothing that is there is replaced."""
    paths = home.ready()
    safety = home.settings(paths).values.safety
    read = read_file(expanded(options.path))
    conversation, messages, marks = filtered(*read, safety)
    history = open_history(paths)
    try:
        history.add_whole(conversation, messages, marks)
    finally:
        history.close()
    terminal.say(f"Added {conversation.id[:SHORT]}  {_title(conversation)}")
    return 0


def delete_one(options: argparse.Namespace) -> int:
    """Erase a conversation, so that no trace is left."""
    with home.history(home.ready()) as history:
        conversation = _find(history, options.id)
        if history:
            history.erase_conversation(conversation.id)
    terminal.say(f"Erased: {_title(conversation)}")
    return 0


def _find(history: History | None, start: str) -> Conversation:
    conversations = history.conversations() if history else ()
    found = [one for one in conversations if start and one.id.startswith(start)]
    if not found:
        raise NotFoundError(
            "There is no conversation {start}.",
            todo="`desktop-llm chats list` shows them all.",
            start=start,
        )
    exact = [one for one in found if one.id == start]
    if len(found) > 1 and not exact:
        names = ", ".join(f"{one.id[: len(start) + 4]} ({_title(one)})" for one in found[:5])
        raise UsageError(
            "{start} could be {found} conversations: {names}.",
            todo="Give more.",
            start=start,
            found=len(found),
            names=names,
        )
    return (exact or found)[0]


def _title(conversation: Conversation) -> str:
    return conversation.title or "(no title)"
