"""Which of several sampling settings a reply is made with: those nearest to the conversation win."""

from pathlib import Path

import pytest

from desktop_llm.core.clock import SystemClock
from desktop_llm.core.model_defaults import ModelDefaults
from desktop_llm.core.models import LoadedModelInfo, ModelOnDisk
from desktop_llm.core.sampling import Preset, SamplingSettings
from desktop_llm.core.session import Session, Situation, answered_by
from desktop_llm.core.settings import Settings
from desktop_llm.storage.history import History

SETTINGS = Settings(preset="Creative", sampling=SamplingSettings(temperature=0.1, top_k=10))
PAGE = ModelDefaults(sampling=SamplingSettings(temperature=0.5, repetition_penalty=1.3))
LOUD = Preset("Loud", SamplingSettings(temperature=1.9, thinking="off"), own=True)
MODEL = LoadedModelInfo(
    ModelOnDisk("m", "m", Path("m")), "Tiny", 1, 64, "cpu", "fp32", (), has_chat_template=True
)


@pytest.fixture
def session(history: History) -> Session:
    return Session(history, SystemClock(), lambda: Situation(SETTINGS, (LOUD,), PAGE))


def test_the_models_page_holds_before_the_settings_and_their_preset(session: Session) -> None:
    job = answered_by(session.submit("one"), MODEL, PAGE)
    wanted = SamplingSettings(
        temperature=0.5, repetition_penalty=1.3, top_k=10, top_p=1.0, min_p=0.05
    )
    assert job.request.sampling == wanted
    assert job.reply.sampling == wanted
    assert session.draft_request("one").sampling == wanted


def test_what_the_conversation_chose_holds_before_the_models_page(session: Session) -> None:
    session.change(preset="Loud", sampling=SamplingSettings(top_k=7))
    job = answered_by(session.submit("one"), MODEL, PAGE)
    # A preset of its own stands in the place of the settings.
    wanted = SamplingSettings(temperature=1.9, thinking="off", top_k=7, repetition_penalty=1.3)
    assert job.request.sampling == wanted
    assert session.draft_request("one").sampling == wanted


def test_another_model_than_the_one_that_was_coming_answers_with_its_own_values(
    session: Session,
) -> None:
    job = answered_by(session.submit("one"), MODEL, ModelDefaults())
    assert job.request.sampling.temperature == 0.1
    assert job.request.sampling.repetition_penalty is None


def test_going_on_is_done_with_the_values_of_now(session: Session, history: History) -> None:
    session.submit("one")
    session.change(sampling=SamplingSettings(temperature=0.0))
    job = answered_by(session.continue_reply(session.path[-1].id), MODEL, PAGE)
    assert job.request.sampling.temperature == 0.0
    assert (job.request.sampling.repetition_penalty, job.request.sampling.top_k) == (1.3, 10)
