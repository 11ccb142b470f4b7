"""Asks the hub: searches it, and looks at one repository's files and card. Fetches no model.

Everything goes through the door (`library.network`), which is shut unless the person allows it.
"""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import httpx2

from desktop_llm.core.errors import ModelError, UserError
from desktop_llm.core.fitting import largest_mixture
from desktop_llm.core.hub import HubFile, HubModel, HubQuery, HubRepo
from desktop_llm.core.model_files import packed_by
from desktop_llm.library.names import check_repo
from desktop_llm.library.network import Door

CARD, CARD_LIMIT = "README.md", 300_000
"""The model card, and how many bytes of it are read."""
FORMS = ("safetensors", "gguf")
WIDER = 4
"""Where sizes are filtered here, so many times more models are asked for."""
_EXPAND = ["safetensors", "gguf", "downloads", "likes", "gated", "pipeline_tag", "tags"]
_MIXTURE = re.compile(
    r"moe$|_moe(_|$)|^(mixtral|gpt_oss|deepseek_v[23].*|llama4.*|dbrx|jamba|qwen3_next|minimax.*)$"
)
"""The hub's tags of architectures whose weights are mostly in experts."""
_BITS = re.compile(r"[2-8]-bit")
"""The hub's tag of weights that are rounded."""
_FRONT = re.compile(r"\A\ufeff?---\r?\n.*?\r?\n---\r?\n", re.S)


class HubError(UserError):
    """The hub could not be reached, or said no."""


class Hub:
    """A `core.ports.Hub`. Blocks while it waits: call it from a thread of its own."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def search(self, query: HubQuery) -> tuple[HubModel, ...]:
        """Models that fit, the most downloaded first. Raises OfflineError, HubError, SettingError."""
        tags = [query.form] if query.form else []
        if query.licence:
            tags.append(f"license:{query.licence}")
        with (
            self._door.api(f"search: {query.text or query.task or 'models'}") as api,
            told(),
        ):
            found = api.list_models(
                search=query.text.strip() or None,
                filter=tags or None,
                pipeline_tag=query.task or None,
                sort="downloads",
                limit=query.limit * (WIDER if query.most else 1),
                expand=_EXPAND,
            )
            models = [_model(info) for info in found if not query.most or _fits(info, query.most)]
        return tuple(models[: query.limit])

    def look(self, repo: str, revision: str = "") -> HubRepo:
        """A repository's files with their sizes, its commit, and its card.

        `revision` is a commit or branch; empty for the newest. Raises OfflineError, HubError,
        ModelError for a name that is none.
        """
        check_repo(repo)
        with self._door.api(f"look at {repo}") as api, told(repo):
            info = api.model_info(repo, revision=revision or None, files_metadata=True)
        files = tuple(_file(sibling) for sibling in info.siblings or ())
        has_card = any(file.name == CARD for file in files)
        card = self._card(repo, info.sha) if has_card else ""
        return HubRepo(_model(info), info.sha, files, card)

    def _card(self, repo: str, commit: str) -> str:
        address = f"{self._door.endpoint}/{repo}/resolve/{commit}/{CARD}"
        why = f"model card of {repo}"
        with self._door.client(why) as client, told(repo), client.stream("GET", address) as answer:
            answer.raise_for_status()
            text = _beginning(answer).decode("utf-8", "replace")
        return _FRONT.sub("", text, count=1).strip()


def _beginning(answer: httpx2.Response) -> bytes:
    data = b""
    for part in answer.iter_bytes():
        data += part
        if len(data) >= CARD_LIMIT:
            break
    return data[:CARD_LIMIT]


def _model(info: Any) -> HubModel:
    tags = tuple(info.tags or ())
    licences = [tag.partition(":")[2] for tag in tags if tag.startswith("license:")]
    sizes = [getattr(info.safetensors, "total", 0) or 0, (info.gguf or {}).get("total", 0) or 0]
    return HubModel(
        id=info.id,
        task=info.pipeline_tag or "",
        licence=licences[0] if licences else "",
        parameters=int(max(sizes)),
        downloads=info.downloads or 0,
        likes=info.likes or 0,
        gated=bool(info.gated),
        forms=tuple(form for form in FORMS if form in tags),
        packed=_packed(info, tags),
    )


def _packed(info: Any, tags: tuple[str, ...]) -> str:
    """How the weights are packed. Of MLX only the tags tell it."""
    config = getattr(info, "config", None)
    told = packed_by(config) if isinstance(config, dict) else ""
    return told or ("MLX" if "mlx" in tags and any(map(_BITS.fullmatch, tags)) else "")


def _fits(info: Any, most: int) -> bool:
    """Whether a model has no more parameters than fit, as far as the hub says how many it has.

    The hub tells the architecture among the tags, and so whether most weights are in experts.
    """
    mixture = any(_MIXTURE.search(tag) for tag in info.tags or () if ":" not in tag)
    return 0 < _model(info).parameters <= (largest_mixture(most) if mixture else most)


def _file(sibling: Any) -> HubFile:
    large = sibling.lfs.sha256 if sibling.lfs is not None else ""
    return HubFile(sibling.rfilename, int(sibling.size or 0), large, sibling.blob_id or "")


@contextlib.contextmanager
def told(repo: str = "") -> Iterator[None]:
    """Turn what httpx2 and huggingface_hub raise into a HubError that says what to do.

    `repo` is what was asked for; "" for a search.
    """
    try:
        yield
    except httpx2.TransportError as error:
        raise unreachable(error) from error
    except httpx2.HTTPError as error:
        # huggingface_hub's errors are of this kind, and of no more special one of httpx2's.
        answer = getattr(error, "response", None)
        raise (unread(error) if answer is None else refused(repo, answer)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise unread(error) from error


def unread(error: Exception) -> HubError:
    """There was an answer, but not of the hub's form."""
    return HubError(
        "The hub's answer could not be read.",
        "{kind} in what it sent.",
        "Try again later, or another address in Settings, Privacy.",
        kind=type(error).__name__,
    )


def unreachable(error: httpx2.TransportError) -> HubError:
    """There was no answer, or it was cut off."""
    return HubError(
        "The hub cannot be reached.",
        "The connection failed: {failure}.",
        "Check the network, and the hub's address and proxy in Settings, Privacy.",
        failure=str(error) or type(error).__name__,
    )


def refused(repo: str, answer: httpx2.Response) -> UserError:
    """What an answer of 400 and above means and what to do."""
    known = answer.headers.get("x-error-code") in ("RepoNotFound", "GatedRepo")
    if answer.status_code == 401 and "authorization" in answer.request.headers and not known:
        # The hub answers so to any request with a token that it does not know, of open models too.
        return HubError(
            "The hub does not accept your access token.",
            "It was withdrawn, has expired, or is not whole (401).",
            "Put a new one into Settings, Privacy, or forget it there: open models need none. "
            "One in the variable HF_TOKEN counts first.",
        )
    return refused_by(repo, answer.status_code)


def refused_by(repo: str, status: int) -> UserError:
    """The same of its status alone, where no token was sent or it is not about that.

    `repo` as in `told`: to a search the hub says no such thing, but a filter of a company does, or
    whatever else is at a wrong address.
    """
    if not repo and status in (401, 403, 404):
        return HubError(
            "The hub's address does not answer as the hub does.",
            "It answered {status}.",
            "Check the hub's address and the proxy in Settings, Privacy.",
            status=status,
        )
    if status == 401:
        return HubError(
            "The hub does not give {repo} to everyone, or there is no such model.",
            "It asks who is there (401).",
            "Check the name. For a model with terms of use, put your access token into "
            "Settings, Privacy.",
            repo=repo,
        )
    if status == 403:
        return HubError(
            "The hub refuses {repo}.",
            "Its authors ask you to accept their terms first (403).",
            "Open https://huggingface.co/{repo} in a browser, accept them, and try again.",
            repo=repo,
        )
    if status == 404:
        return ModelError(
            "There is no {repo} on the hub, or not at this revision.",
            todo="Check the name.",
            repo=repo,
        )
    if status == 429:
        return HubError(
            "The hub asks for a pause.",
            "Too many requests came from here (429).",
            "Wait some minutes. With an access token in Settings, Privacy, more are allowed.",
        )
    return HubError(
        "The hub has a problem of its own.",
        "It answered {status}.",
        "Try again later.",
        status=status,
    )
