"""Makes one reply: prompt in, typed events out, the last of which is the one `End`. Loads nothing.

`read` and `decode` are the loop; they take the model as a step, the cache and the sampler as plain
values and know no settings. `generate` builds these for a request and tells what happens.
"""

import logging
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

import torch

from desktop_llm.core.errors import Cancelled, UserError
from desktop_llm.core.events import Delta, End, EndReason, Event, LeftOut, Progress, Stage, Usage
from desktop_llm.core.memory import CHUNK
from desktop_llm.core.requests import GenerateRequest
from desktop_llm.core.sampling import SamplingSettings, meant
from desktop_llm.core.sayings import Saying
from desktop_llm.engine import devices, paces
from desktop_llm.engine.cache import PromptCache
from desktop_llm.engine.detokenize import Detokenizer
from desktop_llm.engine.draft import Draft
from desktop_llm.engine.encoder_decoder import EncoderDecoderStep
from desktop_llm.engine.load import Loaded
from desktop_llm.engine.memory import ran_out
from desktop_llm.engine.prompt import Prompt
from desktop_llm.engine.repetition import LoopGuard
from desktop_llm.engine.sample import Sample, make_sampler, new_seed
from desktop_llm.engine.speculate import MOST, SHARE_OF_TWO, Ahead, Guesser, Lookup, Pacer
from desktop_llm.engine.step import Step
from desktop_llm.engine.stops import StopStrings

CONTEXT = 8
"""Tokens before a seamless reply that its first piece of text needs to be joined rightly."""

CUT = "The reply was cut at its length limit, so the form it was held to is not complete."
CUT_AT_LOOP = (
    "The reply went round in a loop and was cut, so the form it was held to is not complete."
)
CUT_AT_STOP = (
    "The reply was cut at a stop string, so the form it was held to may not be complete. "
    "Remove the stop string in the sampling settings."
)
CUTS = {EndReason.LENGTH: Saying(CUT), EndReason.REPETITION: Saying(CUT_AT_LOOP)}
"""What to say of a reply that was held to a form and ended before an end token."""
BUG = "Something went wrong inside the app while the model was answering. The log has the details."
OUT_OF_MEMORY = (
    "The memory ran out while the model was answering; what was written is kept. "
    "Close other programs, set the context window to {tokens} tokens (Settings, Model, "
    "or the model's own page), or choose a smaller model."
)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Tally:
    """What `Usage` is made of, counted while the reply runs."""

    seed: int
    started: float = field(default_factory=time.monotonic)
    prompt: int = 0
    reused: int = 0
    new: int = 0
    first: float = 0.0
    last: float = 0.0
    stopped: bool = False  # by a stop string
    whole: bool = False  # of the form that was asked for

    def token(self) -> None:
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.new += 1

    def usage(self) -> Usage:
        spent = self.last - self.first
        return Usage(
            prompt_tokens=self.prompt,
            reused_tokens=self.reused,
            new_tokens=self.new,
            ttft_s=self.first - self.started if self.new else 0.0,
            tokens_per_s=(self.new - 1) / spent if spent > 0 else 0.0,
            seed=self.seed,
        )


def generate(
    loaded: Loaded, cache: PromptCache, request: GenerateRequest, cancel: threading.Event
) -> Iterator[Event]:
    """The events of one reply; see `core.ports.Generate`. The cache is exact however it ends."""
    settings = request.sampling.over(loaded.info.defaults)
    seed = new_seed() if settings.seed is None else settings.seed
    tally = _Tally(seed)
    settings = SamplingSettings(seed=seed).over(settings)
    try:
        reason = yield from _reply(loaded, cache, request, settings, tally, cancel)
        cut = Saying(CUT_AT_STOP) if tally.stopped else CUTS.get(reason)
        unfinished = settings.answer_format not in (None, "text") and not tally.whole
        yield End(reason, tally.usage(), UserError(cut) if cut and unfinished else None)
    except UserError as error:
        # Templates and patterns quote what people wrote, which is not for the log.
        log.info("A reply was refused: %s", error.without_values())
        yield End(EndReason.FAILED, tally.usage(), error)
    # The job's boundary: whatever else is raised ends this reply, not the thread.
    except Exception as error:
        log.exception("A reply failed")
        if ran_out(error):
            cache.clear()
            tokens = shorter_window(tally.prompt + tally.new)
            short = UserError(OUT_OF_MEMORY, tokens=f"{tokens:,}")
            yield End(EndReason.FAILED, tally.usage(), short, tokens)
        else:
            yield End(EndReason.FAILED, tally.usage(), UserError(BUG))


def _reply(
    loaded: Loaded,
    cache: PromptCache,
    request: GenerateRequest,
    settings: SamplingSettings,
    tally: _Tally,
    cancel: threading.Event,
) -> Generator[Event, None, EndReason]:
    window = loaded.info.context_window
    if loaded.threads is None:
        paces.go_on_with(devices.threads_now())
    adapter = (settings.adapter or "", settings.adapter_scale or 0.0)
    if not loaded.adapters.wears(*adapter):
        cache.clear()  # other weights leave other states
        loaded.adapters.wear(*adapter)
    prompt = loaded.builder.build(request, window)
    if prompt.left_out:
        ids = tuple(turn.id for turn in prompt.left_out)
        yield LeftOut(ids, sum(loaded.encoder.count(turn.text) for turn in prompt.left_out))
    tally.prompt, tally.reused = len(prompt.ids), cache.keep_prefix(prompt.ids)
    chunk = CHUNK
    if loaded.step.reads_at_once:
        chunk = prompt.reply_start if loaded.builder.apart else len(prompt.ids)
    # Before the prompt is read, which takes long: a form that is none is refused here.
    said, begin = _said(loaded, prompt)
    sample = make_sampler(settings, said, begin, loaded.device, loaded.tongue)
    scores = yield from read(loaded.step, cache, prompt.ids, chunk, cancel)
    if scores is None:
        return EndReason.CANCELLED
    limit = min(settings.max_new_tokens or 1, window - len(said))
    tokens = decode(loaded.step, cache, sample, scores, limit, cancel, loaded.draft)
    reason = yield from _texts(loaded, prompt, request.prefix, settings, tokens, tally, cancel)
    tally.whole = reason in CUTS and sample.may_end()
    return reason


def _said(loaded: Loaded, prompt: Prompt) -> tuple[list[int], int]:
    """The ids that the sampler looks back at, and where the reply begins among them.

    Beside an encoder it does not see what was asked, as in transformers.
    """
    if not isinstance(loaded.step, EncoderDecoderStep):
        return prompt.ids, prompt.reply_start
    begin = loaded.step.begin
    return [*begin, *prompt.ids[prompt.reply_start :]], len(begin)


def read(
    step: Step, cache: PromptCache, prompt: list[int], chunk: int, cancel: threading.Event
) -> Generator[Event, None, torch.Tensor | None]:
    """Read what the cache lacks of the prompt, chunk by chunk, telling the progress in tokens.

    Returns the scores of the token after it, or None if `cancel` was set.
    """
    scores: torch.Tensor | None = None
    total = len(prompt)
    yield Progress(Stage.PREFILL, len(cache), total)
    step.stops_at(cancel)
    try:
        while len(cache) < total:
            if cancel.is_set():
                return None
            count = max(chunk, cache.fewest(total))
            scores = step(prompt[len(cache) : len(cache) + count], cache)[0]
            yield Progress(Stage.PREFILL, len(cache), total)
    except Cancelled:
        return None
    finally:
        step.stops_at(None)
    return scores


def decode(
    step: Step,
    cache: PromptCache,
    sample: Sample,
    scores: torch.Tensor,
    limit: int,
    cancel: threading.Event,
    draft: Draft | None = None,
) -> Iterator[int]:
    """Draw tokens, at most `limit`, reading each only when the next one is asked for.

    Ends early when `cancel` is set. Ceasing to pull is the way to stop for any other reason.
    Where the cache can take tokens back, some are guessed ahead; that changes no token, as exactly as
    `speculate` says.
    """
    if limit <= 0 or cancel.is_set():
        return
    ahead: Ahead | None = None
    left = limit
    token = sample(scores)
    while True:
        yield token
        left -= 1
        if left <= 0 or cancel.is_set():
            return
        if ahead is None:  # only now: the first token does not wait for it
            ahead = _ahead(cache, draft)
        ahead.add(token)
        read_anew = cache.switches_at(len(cache) + 1)
        started = time.perf_counter()
        guesses = ahead.guess(left - 1 if cache.gives_up(MOST + 1) else 0)
        rows = step([token, *guesses], cache, 1 + len(guesses))
        spent = time.perf_counter() - started
        token, right = sample(rows[0]), 0
        while right < len(guesses) and token == guesses[right]:
            yield token
            left -= 1
            right += 1
            if left <= 0 or cancel.is_set():
                return
            ahead.add(token)
            token = sample(rows[right])
        cache.give_up(len(guesses) - right)
        if not read_anew:  # the whole text took that time, which tells nothing of one step
            ahead.judged(right, spent)


def _ahead(cache: PromptCache, draft: Draft | None) -> Ahead:
    """What guesses the tokens of a reply to what is in the cache."""
    if not cache.gives_up():
        return Ahead(())
    lookup: Guesser = Lookup(cache.ids)
    if draft is None:
        return Ahead([(lookup, Pacer())])
    return Ahead([(lookup, Pacer(SHARE_OF_TWO)), (draft.start(cache.ids), draft.pacer)])


def _texts(
    loaded: Loaded,
    prompt: Prompt,
    prefix: str,
    settings: SamplingSettings,
    tokens: Iterator[int],
    tally: _Tally,
    cancel: threading.Event,
) -> Generator[Event, None, EndReason]:
    """The tokens' text, cut at the first end token or stop string, and why it ended."""
    context = prompt.ids[-CONTEXT:] if prompt.seamless else ()
    words = Detokenizer(loaded.encoder.tokenizer, context)
    stops = StopStrings(meant(settings.stop), prefix)
    loops = LoopGuard(settings.repetition_limit or 0)
    ended = looping = False
    for token in tokens:
        tally.token()
        if ended := token in loaded.end_tokens:
            break
        if text := stops.feed(words.feed(token)):
            yield Delta(text)
        if stops.stopped:
            break
        if looping := loops.add(token):
            break
    if rest := stops.feed(words.finish()) + stops.finish():
        yield Delta(rest)
    tally.stopped = stops.stopped
    if ended or stops.stopped:
        return EndReason.STOP
    if looping:
        return EndReason.REPETITION
    return EndReason.CANCELLED if cancel.is_set() else EndReason.LENGTH


def shorter_window(used: int) -> int:
    """A context window in whole 128 tokens that needs clearly less memory than what was used."""
    return max(128, used * 3 // 4 // 128 * 128)
