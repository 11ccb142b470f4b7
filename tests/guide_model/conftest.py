"""The training scripts lie beside the model, as plain files; tests import them from there."""

import sys

import pytest

from desktop_llm.resources import resource

sys.path.insert(0, str(resource("guide_model")))

from texts import Corpus, HeldOut, read_corpus, read_held_out


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return read_corpus(resource("guide_model") / "corpus")


@pytest.fixture(scope="module")
def held_out() -> HeldOut:
    return read_held_out(resource("guide_model") / "corpus")
