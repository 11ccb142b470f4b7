"""What hostile model files are poisoned with: templates that reach out or never end, pickles that act.

`CANARY` in a template stands for the file that it tries to make.
"""

import os
from pathlib import Path
from typing import Any

TEMPLATES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ cycler.__init__.__globals__.os.popen('touch CANARY').read() }}",
    "{{ lipsum.__globals__['os'].system('touch CANARY') }}",
    "{{ self.__init__.__globals__.__builtins__.open('CANARY','w') }}",
    "{{ request.application.__globals__ }}", "{{ (messages|attr('__class__')).__base__ }}",
    "{{ messages.__class__.__init__.__globals__ }}", "{{ namespace.__init__.__globals__ }}",
    "{{ joiner.__init__.__globals__['__builtins__'] }}",
    "{{ raise_exception.__globals__['json'] }}", "{{ strftime_now.__globals__.os }}",
    "{{ messages.append(1) }}{{ messages.clear() }}{{ messages.__delattr__ }}",
    "{{ '{0.__class__.__init__.__globals__}'.format(messages) }}",
    "{{ '%s' % ''.__class__.__base__.__subclasses__()[1] }}",
    "{% import 'os' as os %}{{ os.system('touch CANARY') }}", "{% include '/etc/passwd' %}",
    "{% extends '/etc/passwd' %}", "{% from 'x' import y %}",
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{% set ns = namespace(x='a') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "{{ '%3000000000d' % 1 }}", "{{ 'a'.center(3000000000) }}", "{{ 'a' * 10 ** 10 }}",
    "{{ range(10 ** 9) | list }}", "{{ [0] * 10 ** 10 }}", "{{ 10 ** (10 ** 8) }}",
    "{{ 'x'.ljust(100000) }}", "{% for i in range(99999) %}0123456789{% endfor %}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "{{ 'a'.replace('', 'b' * 9999) * 9999 }}",
    "{% for i in range(99999) %}{% set x = range(99999) | list %}{% endfor %}",
    "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    "{{ ('a' * 99999) | wordwrap(1) }}", "{{ messages | pprint | urlize * 9999 }}",
    "{% for", "{{", "{% endfor %}", "{{ 1 / 0 }}", "{{ nothing.there }}", "{{ messages[99].content }}",
    "{{ raise_exception('no') }}", "{{ messages | nosuchfilter }}", "{% nosuchtag %}",
    "{{ {'a': 1} | tojson(indent=999999999) }}", "{{ messages | tojson(indent=99999) }}",
    "{{ strftime_now('%Y' * 999999) }}", "{{ lipsum(n=9999) }}", "{{ dict(a=1).update(b=2) }}",
    "{{ [messages] | sum(start=[]) | map('upper') | list * 99999 }}",
    "{{ ''.join(['a'] * 99999999) }}", "{% set x = 'a' * 99999 %}{{ x * 99999 }}",
    "{{ messages | groupby('role') | list | string * 9999 }}", "{{ cycler }}{{ 'x' * 70000 }}",
    "{{ '{a.__class__}'.format_map({'a': 1}) }}{{ 'x' * 99999 }}",
    "{% call(x) f() %}{% endcall %}", "{{ loop.index }}{{ loop.cycle }}", "{{ caller() }}",
    "{{ 'a' | indent(9999999) }}{{ 'b' * 70000 }}", "{{ '%.999999999f' % 1 }}",
    "{{ '{:>999999999}'.format('x') }}",
]  # fmt: skip


class Runs:
    """Unpickled, it calls a function."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


def gadgets_for(canary: str) -> list[Any]:
    """What runs something when it is unpickled, mostly making the file of that path."""
    import bdb
    import builtins
    import code
    import importlib
    import operator
    import runpy
    import subprocess
    import types

    touch = f"open({canary!r}, 'w')"
    return [
        Runs(os.system, f"touch {canary}"), Runs(builtins.eval, touch),
        Runs(builtins.exec, touch), Runs(builtins.open, canary, "w"),
        Runs(subprocess.call, ["touch", canary]), Runs(subprocess.Popen, ["touch", canary]),
        Runs(os.mkdir, canary), Runs(runpy.run_path, canary), Runs(bdb.Bdb().run, touch),
        Runs(code.interact, touch), Runs(os.open, canary, os.O_CREAT),
        Runs(operator.methodcaller("system", "touch " + canary), os),
        Runs(importlib.import_module, "antigravity"), Runs(Path(canary).touch),
        Runs(types.FunctionType, "x"), [Runs(os.system, f"touch {canary}")] * 3,
    ]  # fmt: skip
