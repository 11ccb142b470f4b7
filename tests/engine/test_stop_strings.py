"""Stop strings cut exactly, however the text comes in pieces."""

import itertools

from hypothesis import example, given
from hypothesis import strategies as st

from desktop_llm.engine.stops import StopStrings

texts = st.text(alphabet="ab\n", max_size=30)
stop_lists = st.lists(st.text(alphabet="ab\n", min_size=1, max_size=4), max_size=4)


def passed(pieces: list[str], stops: list[str], before: str = "") -> tuple[str, bool]:
    machine = StopStrings(stops, before)
    text = "".join(machine.feed(piece) for piece in pieces)
    return text + machine.finish(), machine.stopped


def slow(text: str, stops: list[str], before: str = "") -> tuple[str, bool]:
    """The reference: the shortest beginning that ends with a stop string, without that string."""
    whole = before + text
    for end in range(len(before) + 1, len(whole) + 1):
        lengths = [len(stop) for stop in stops if whole[:end].endswith(stop)]
        if lengths:
            return whole[len(before) : end - max(lengths)], True
    return text, False


@example(before="ba", text="ab", stops=["aab", "b"], cuts=[1])
@given(before=texts, text=texts, stops=stop_lists, cuts=st.lists(st.integers(0, 30)))
def test_any_chunking_gives_what_the_slow_reference_gives(
    before: str, text: str, stops: list[str], cuts: list[int]
) -> None:
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[a:b] for a, b in itertools.pairwise(places)]
    assert passed(pieces, stops) == slow(text, stops)
    assert passed(pieces, stops, before) == slow(text, stops, before)


@given(text=texts, stops=stop_lists)
def test_no_piece_that_is_passed_on_ever_has_to_be_taken_back(text: str, stops: list[str]) -> None:
    machine, out = StopStrings(stops), ""
    for character in text:
        out += machine.feed(character)
        assert slow(text, stops)[0].startswith(out)


def test_without_stop_strings_text_passes_at_once() -> None:
    assert StopStrings(()).feed("abc") == "abc"


def test_only_what_may_become_a_stop_string_is_held_back() -> None:
    machine = StopStrings(["\nUser:"])
    assert machine.feed("Hello\nUs") == "Hello"
    assert machine.feed("eful") == "\nUseful"


def test_a_stop_string_may_begin_in_the_text_that_is_gone_on_from() -> None:
    assert passed(["# more"], ["###"], "A list ##") == ("", True)
    assert passed([" more"], ["###"], "A list ##") == (" more", False)
    assert passed(["## more"], ["###"], "A whole one ###") == ("", True)
    assert passed(["a ", "### b"], ["###"], "A whole one ###.") == ("a ", True)


def test_after_a_stop_nothing_passes() -> None:
    machine = StopStrings(["."])
    assert machine.feed("a.b") == "a"
    assert machine.feed("c") + machine.finish() == ""
