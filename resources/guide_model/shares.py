"""How often training meets what: the numbers that set its phases apart. Computes nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shares:
    """All from 0 to 1, of what their first word says.

    Of conversations:
    `recited`: a question behind which another answer is begun, to be carried to its end;
    `followed`: made for what follows upon an answer, so that each such text is met equally often;
    `follow_ups`: of the others, and of those again, how many go on after a question.
    Of questions:
    `elsewhere`: those about anything else.
    Of answers:
    `stopped`: of those that something follows, those that were stopped after a sentence or two;
    `named`: the same in `followed` conversations, stopped when it was clear which answer it is;
    `whole`: of first ones, those that are learnt to their end; `later`: of those after them;
    `begun`: of last ones, those in whose place another one is to be carried on.
    """

    follow_ups: float
    stopped: float
    whole: float
    later: float = 0.85
    begun: float = 0.0
    recited: float = 0.0
    followed: float = 0.0
    named: float = 0.0
    elsewhere: float = 0.45
