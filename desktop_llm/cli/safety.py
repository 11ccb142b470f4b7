"""`desktop-llm safety`: try the filter on a text, list and test its rules, carry the policy about."""

import argparse
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from desktop_llm.cli import home, terminal
from desktop_llm.cli.pins import add_pin, unlocked
from desktop_llm.core import settings_tree
from desktop_llm.core.errors import UsageError
from desktop_llm.core.events import Mark
from desktop_llm.core.policy import CATEGORIES, Actions, FilterAction, Level, Policy, Side

BLOCKED = 4


def add_to(commands: Any) -> None:
    """Add these commands to the parser."""
    parser = commands.add_parser("safety", help="try the safety filter, see its rules and policy")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    _add_check(actions)
    _add_rules(actions)
    policy = actions.add_parser("policy", help="carry the policy about as one TOML file")
    ways = policy.add_subparsers(required=True, metavar="ACTION")
    export = ways.add_parser("export", help="write the policy that is set to standard output")
    export.set_defaults(run=export_policy)
    read = ways.add_parser("import", help="put a file's policy in the place of the one that is set")
    read.add_argument("file", metavar="FILE", type=Path)
    add_pin(read)
    read.set_defaults(run=import_policy)


def _add_check(actions: Any) -> None:
    check = actions.add_parser(
        "check", allow_abbrev=False,
        help="filter standard input as a reply would be; exits with 4 where it is blocked",
    )  # fmt: skip
    _add_policy(check)
    check.add_argument(
        "--json", action="store_true",
        help="print the text, the action and every event, placed in code points of the input",
    )  # fmt: skip
    check.add_argument(
        "--stream",
        metavar="N",
        type=int,
        help="feed it in pieces of N code points, as a model writes",
    )
    check.add_argument(
        "--prompt", action="store_true", help="filter it as a person's message instead"
    )
    check.set_defaults(run=check_text)


def _add_rules(actions: Any) -> None:
    rules = actions.add_parser("rules", help="the rules that the app brings, and your own")
    ways = rules.add_subparsers(required=True, metavar="ACTION")
    listing = ways.add_parser("list", help="every rule with its category and actions")
    _add_policy(listing)
    listing.add_argument("--json", action="store_true", help="print one JSON list")
    listing.set_defaults(run=list_rules)
    test = ways.add_parser(
        "test", help="which rules a text meets, whatever the policy does about them"
    )
    test.add_argument("text", metavar="TEXT", help="the text; - reads standard input")
    _add_policy(test)
    test.set_defaults(run=test_rules)


def _add_policy(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--policy", metavar="FILE", type=Path, help="a policy's TOML file instead of what is set"
    )


def _policy(file: Path | None) -> Policy:
    from desktop_llm.safety.policy_file import read_policy

    if file is not None:
        return read_policy(file)
    return home.settings(home.without_storage()).values.safety


def check_text(options: argparse.Namespace) -> int:
    """Print standard input as the filter passes it. Returns 4 where it is blocked, else 0."""
    from desktop_llm.safety.compiling import compiled
    from desktop_llm.safety.text_filter import Passed, TextFilter

    if options.stream is not None and options.stream < 1:
        raise UsageError("--stream needs a number of code points, at least 1.")
    policy = _policy(options.policy)
    if policy.level is Level.OFF:
        terminal.complain("The safety filter is off in this policy: everything passes.")
    text = terminal.read_input()
    text_filter = TextFilter(compiled(policy, "prompts" if options.prompt else "replies"))
    passed = Passed()
    for piece in _pieces(text, options.stream or len(text) or 1):
        step = text_filter.feed(piece)
        if not options.json:
            terminal.write_as_it_comes(step.text)
        passed += step
    rest = text_filter.finish()
    passed += rest
    if options.json:
        terminal.write_json(_told(passed))
    else:
        terminal.write_as_it_comes(rest.text)
        _complain(passed.found, passed.blocked)
    return BLOCKED if passed.blocked else 0


def _pieces(text: str, size: int) -> Iterator[str]:
    for start in range(0, len(text), size):
        yield text[start : start + size]


def _told(passed: Any) -> dict[str, Any]:
    return {
        "text": passed.text,
        "events": [_event(mark) for mark in sorted(passed.found, key=_place)],
        "action": _strongest(passed.found).value,
    }


def _event(mark: Mark) -> dict[str, Any]:
    event = dataclasses.asdict(mark)
    return event if mark.note else {name: event[name] for name in event if name != "note"}


def _place(mark: Mark) -> tuple[int, int]:
    return mark.start, mark.end


def _strongest(marks: tuple[Mark, ...]) -> FilterAction:
    order = list(FilterAction)
    return max(
        (FilterAction(mark.action) for mark in marks), key=order.index, default=FilterAction.ALLOW
    )


def _complain(marks: tuple[Mark, ...], blocked: bool) -> None:
    if blocked:
        last = marks[-1]
        terminal.complain(f"Blocked: {_title(last.category)} (rule {last.rule}).")
    for note in dict.fromkeys(mark.note for mark in marks if mark.note):
        terminal.complain(note)


def _title(category: str) -> str:
    return settings_tree.find(Actions, category).description.title


def list_rules(options: argparse.Namespace) -> int:
    """Print every rule: its id, its category, and what is done about it in prompts and replies."""
    from desktop_llm.safety.compiling import rules_for

    policy = _policy(options.policy)
    told = [
        {
            "id": rule.id,
            "category": rule.category,
            "prompts": _action(policy, rule.id, rule.category, "prompts"),
            "replies": _action(policy, rule.id, rule.category, "replies"),
        }
        for rule in rules_for(_finding_all(policy), "replies")
        if not rule.ends_swallow
    ]
    if options.json:
        terminal.write_json(told)
        return 0
    terminal.say(f"{'rule':32} {'category':14} {'prompts':8} replies")
    for rule in told:
        terminal.say(f"{rule['id']:32} {rule['category']:14} {rule['prompts']:8} {rule['replies']}")
    return 0


def _action(policy: Policy, rule_id: str, category: str, side: Side) -> str:
    if rule_id in policy.allowed:
        return FilterAction.ALLOW.value
    return policy.action(category, side).value


def _finding_all(policy: Policy) -> Policy:
    """The policy with every category marked and nothing allowed: it finds what there is to find."""
    marked = Actions(**dict.fromkeys(CATEGORIES, FilterAction.WARN))
    return dataclasses.replace(policy, level=Level.BALANCED, replies=marked, allowed=())


def test_rules(options: argparse.Namespace) -> int:
    """Print each place that a rule finds, and what the policy does about it in a reply."""
    from desktop_llm.safety.filter import filter_text

    policy = _policy(options.policy)
    text = terminal.read_input() if options.text == "-" else options.text
    marked = _finding_all(policy)
    acted_on = filter_text(dataclasses.replace(marked, allowed=policy.allowed), text).found
    let_through = [
        mark
        for mark in filter_text(marked, text).found
        if not any(mark.start < other.end and other.start < mark.end for other in acted_on)
    ]
    found = sorted((*acted_on, *let_through), key=_place)
    for mark in found:
        allowed = mark in let_through
        action = FilterAction.ALLOW if allowed else policy.action(mark.category, "replies")
        words = text[mark.start : mark.end]
        terminal.say(
            f"{mark.start}-{mark.end}  {mark.rule}  {_title(mark.category)}: {action}  {words!r}"
        )
    if not found:
        terminal.say("No rule finds anything.")
    return 0


def export_policy(_options: argparse.Namespace) -> int:
    """Print the policy that is set, as a TOML file."""
    from desktop_llm.safety.policy_file import policy_to_toml

    terminal.write_as_it_comes(policy_to_toml(_policy(None)))
    return 0


def import_policy(options: argparse.Namespace) -> int:
    """Set every value of a file's policy; what it does not name goes back to its default."""
    from desktop_llm.safety.policy_file import read_policy

    policy = read_policy(options.file)
    kept = unlocked(home.settings(home.ready()), options.pin)
    before = kept.values.safety
    keys = [info.key for info in settings_tree.walk(Policy)]
    changed = sum(settings_tree.get(policy, key) != settings_tree.get(before, key) for key in keys)
    if changed:
        kept.change_policy(policy)  # in one write: half of a policy is none
    terminal.say(f"{changed} settings of the safety filter were changed; it is {policy.level} now.")
    return 0
