"""What many tokens read at once is what one by one they would read, whatever the shapes."""

import pytest
import torch

from desktop_llm.engine import attention, paces
from desktop_llm.engine.flash import tiles
from desktop_llm.engine.flash_code import PLACES, ROWS


@pytest.mark.parametrize("reach", [0, 20])
@pytest.mark.parametrize(
    ("heads", "group", "count", "places", "size"),
    [(2, 7, 64, 3000, 64), (8, 1, 24, 24, 128), (4, 2, 100, 333, 32), (1, 16, 256, 700, 16)],
)
def test_products_in_blocks_read_what_the_whole_reads(
    monkeypatch: pytest.MonkeyPatch,
    heads: int,
    group: int,
    count: int,
    places: int,
    size: int,
    reach: int,
) -> None:
    monkeypatch.setattr(paces, "wide_dtype", lambda: torch.bfloat16)
    torch.manual_seed(1)
    query = torch.randn(heads, group, count, size)
    keys, values = torch.randn(heads, places, size), torch.randn(heads, places, size)
    monkeypatch.setattr(attention, "own_for", lambda _: None)
    ends = torch.arange(places - count, places)[:, None]
    hidden = torch.arange(places) > ends
    if reach:
        hidden |= torch.arange(places) <= ends - reach
    mask = torch.zeros(count, places).masked_fill(hidden, float("-inf"))
    causal = attention.CausalMask(count, places, reach, torch.float32)
    assert torch.equal(causal.added, mask)
    read = attention.many_at_once(query, keys, values, causal)
    scores = torch.einsum("hgcs,hps->hgcp", query.double(), keys.double()) * size**-0.5 + mask
    expected = torch.einsum("hgcp,hps->hgcs", scores.softmax(-1), values.double())
    assert read.dtype is query.dtype
    assert read.shape == query.shape
    # Scores and shares in bfloat16, 8 bits each; a wrong place or mask is off by about 1.
    assert (read - expected).abs().max() < 0.06
    rounded = attention.attended(*(t.bfloat16() for t in (query, keys, values, mask)))
    fused = (rounded - expected).abs().mean()
    assert (read - expected).abs().mean() < 2.5 * fused


@pytest.mark.parametrize(("group", "count"), [(1, 24), (7, 112), (3, 200), (2, ROWS)])
@pytest.mark.parametrize("end", [200, 512, 513, 4000])
@pytest.mark.parametrize("reach", [0, 1, 130, 1000])
def test_whole_blocks_are_those_that_all_rows_of_a_tile_look_at(
    group: int, count: int, end: int, reach: int
) -> None:
    looks = tiles(group, count, end, reach)
    for first, last, bounds in zip(looks.first, looks.end, looks.bounds.tolist(), strict=True):
        before, free, behind, after = bounds
        assert 0 <= before <= free <= behind <= after
        assert after * PLACES < end + PLACES
        assert before * PLACES <= first.min()
        assert last.max() <= after * PLACES
        if free < behind:
            assert first.max() <= free * PLACES
            assert behind * PLACES <= last.min()
    assert (
        looks.end.flatten()[: group * count].tolist() == [*range(end - count + 1, end + 1)] * group
    )
