"""Formulas in replies: they are read as formulas, nothing of them is lost, and prices stay prices."""

import pytest

from desktop_llm.core.events import Mark
from desktop_llm.ui.conversation.latex import DEEPEST, LONGEST, pretty
from desktop_llm.ui.conversation.view import ConversationView
from desktop_llm.ui.look import Look
from tests.ui.saying import marked, replied, said
from tests.ui.test_replies import blocks, streamed, written

DISPLAY = r"""So \(a^2 + b^2 = c^2\), and

\[
\sum_{i=1}^{n} i
= \frac{n(n+1)}{2}
- 0
\]
which is
$$
x_1
+ x_2
$$

\begin{align}
a &= b \\
c &= d
\end{align}

> \[
> - y
> \]

1. $\sqrt{2}$ costs $5 or $10.
"""


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"x = \frac{-b \pm \sqrt{b^2-4ac}}{2a}", "x = (−b ± √(b²−4ac))/(2a)"),
        (r"\sum_{i=1}^{n} i = \frac{n(n+1)}{2}", "∑ᵢ₌₁ⁿ i = (n(n+1))/2"),
        (r"\int_0^\infty e^{-x^2} dx", "∫₀^∞ e^(−x²) dx"),
        (r"e^{i\pi} + e^\alpha", "e^(iπ) + e^α"),
        (r"\lim_{x \to 0} \frac{\sin x}{x}", "lim_(x → 0) (sin x)/x"),
        (r"\text{softmax}\left(\frac{QK^T}{\sqrt{d_k}}\right)V", "softmax(QKᵀ/(√dₖ))V"),
        (r"\hat{y} \in \mathbb{R}^{n}, \alpha\beta, 90^\circ", "ŷ ∈ ℝⁿ, αβ, 90°"),
        (r"\begin{cases} x & \text{if } x > 0 \\ -x & \text{else} \end{cases}", "x if x > 0\n−x else"),
        (r"f'(x), 5\%, \sqrt[3]{x+1}, \frac12", "f′(x), 5%, ³√(x+1), 1/2"),
    ],
)  # fmt: skip
def test_a_formula_becomes_text_that_says_the_same(latex: str, text: str) -> None:
    assert pretty(latex) == text


@pytest.mark.parametrize(
    "latex",
    [r"\underbrace{x}", "x^", "a}", "{a", r"\frac{1}", r"\begin{tikz} a \end{tikz}", "x" * (LONGEST + 1),
     "{" * (DEEPEST + 1) + "}" * (DEEPEST + 1), "\\"],
)  # fmt: skip
def test_what_is_not_known_is_left_as_it_was_written(latex: str) -> None:
    assert pretty(latex) is None


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (r"A \(x^2\) and \[y_1\] and $a + b$ and $$z$$.", "A x² and y₁ and a + b and z."),
        ("It costs $5 and $10, US$5 (US$), $1,000$.", "It costs $5 and $10, US$5 (US$), $1,000$."),
        ("$HOME/$PATH and `$x$` and \\$5 or \\$6", "$HOME/$PATH and $x$ and $5 or $6"),
        (r"\[note\] and \(see above\), \[x\] and \[1\]", "[note] and (see above), [x] and [1]"),
        ("设$x$是实数，$y$。", "设x是实数，y。"),
        (r"$\foo{x_1*y*z}$ and \[\foo{a} \\ b\]", r"$\foo{x_1*y*z}$ and \[\foo{a} \\ b\]"),
    ],
)
def test_formulas_are_told_from_prices_and_brackets(look: Look, text: str, seen: str) -> None:
    document, _ = written(look, text)
    assert seen in document.doc.toPlainText()


def test_a_displayed_formula_is_one_whatever_its_lines_begin_with(look: Look) -> None:
    text = written(look, DISPLAY)[0].doc.toPlainText()
    for formula in (
        "∑ᵢ₌₁ⁿ i = (n(n+1))/2 − 0",
        "x₁ + x₂",
        "a = b\nc = d",
        "− y",
        "√2 costs $5 or $10.",
    ):
        assert formula in text, formula


def test_formulas_in_pieces_look_as_they_do_whole(look: Look) -> None:
    whole, _ = written(look, DISPLAY)
    pieces, _ = streamed(look, DISPLAY, list(range(len(DISPLAY))))
    assert pieces.doc.toPlainText() == whole.doc.toPlainText()
    assert blocks(pieces) == blocks(whole)


def test_a_formula_that_the_filter_has_touched_is_shown_as_it_was_written(
    view: ConversationView,
) -> None:
    reply = r"a $\frac{cocaine}{2}$ b"
    start = reply.index("cocaine")
    mark = Mark(start, start + len("cocaine"), "drugs", "drugs.en.1", "warn")
    view.show_path([said("q", "Hi"), marked(replied("r", reply), mark)])
    assert reply in view.toPlainText()
    touched = view.document().find("cocaine").charFormat()
    assert touched.toolTip()
