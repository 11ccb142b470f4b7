"""Machine code of our own multiplies as plain arithmetic does, or is not used."""

import ctypes
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from desktop_llm.engine import kernels, machine_code, paces, quantised
from desktop_llm.engine.kernel_code import FORMS, TARGETS, Target, source
from desktop_llm.engine.kernels import Product, compiled, reckons_right
from desktop_llm.engine.linear import (
    DenseLinear,
    Int4Linear,
    OwnDense,
    OwnInt4,
    OwnInt8,
    pack_int4,
)
from desktop_llm.engine.machine_code import Function, Processor
from desktop_llm.engine.rounding import int4_groups, int4_packed, int8_rows

HERE = kernels.target()
pytestmark = pytest.mark.skipif(HERE is None, reason="no machine code is made for this processor")


@pytest.fixture(params=TARGETS)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if not TARGETS[name].processor.flags <= machine_code.flags():
        pytest.skip("this processor has not all it takes")
    return name


@pytest.fixture
def forgotten() -> Iterator[None]:
    """What was found out of this processor is found out anew, before and after."""
    for one in (kernels.own, machine_code.flags, machine_code._llvm):
        one.cache_clear()
    yield
    for one in (kernels.own, machine_code.flags, machine_code._llvm):
        one.cache_clear()


def some(form: str, block: int, out: int, inner: int) -> tuple[torch.Tensor, ...]:
    """A matrix in that form, its scales, and the same in float64."""
    torch.manual_seed(out + inner)
    if form == "bf16":
        weight = torch.randn(out, inner).bfloat16()
        return weight, weight, weight.double()
    if form == "int8":
        weight, scales = int8_rows(torch.randn(out, inner))
        return weight, scales, weight.double() * scales.double()[:, None]
    numbers, scales = int4_groups(torch.randn(out, inner))
    # Within a block a byte holds a weight of one row, and one of the row half a block below.
    halves = numbers.view(-1, 2, block // 2, inner).permute(1, 0, 3, 2)
    packed = (halves[0] | halves[1] << 4).to(torch.uint8).reshape(out, inner // 2)
    groups = numbers.double().view(out, -1, 32) - 8
    each, offset = (one.T[..., None] for one in scales.double().unbind(2))
    return packed, scales.contiguous(), (groups * each + offset).view(out, inner)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shape", [(64, 32), (192, 96), (128, 4864)])
def test_they_multiply_as_plain_arithmetic_does(
    kind: str, form: str, shape: tuple[int, int]
) -> None:
    product = compiled(form, kind)
    weight, scales, wide = some(form, TARGETS[kind].block, *shape)
    x = torch.randn(5, shape[1])
    x[1] *= 1e6
    x[2] = 0
    x[3, ::7] *= 1000  # some inputs of real models are a thousand times the others
    exact = x.double() @ wide.T
    y = product(x, weight, scales, shape[0])
    error = (y - exact).norm(dim=1)
    assert (error <= 1e-4 * exact.norm(dim=1)).all()
    assert (y[2] == 0).all()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("threads", [1, 3])
def test_a_row_comes_out_the_same_beside_others_and_on_any_threads(
    kind: str, form: str, threads: int
) -> None:
    product = compiled(form, kind)
    weight, scales, _ = some(form, TARGETS[kind].block, 256, 64)
    x, before = torch.randn(9, 64), torch.get_num_threads()
    together = product(x, weight, scales, 256)
    try:
        torch.set_num_threads(threads)
        for row in range(9):
            assert torch.equal(product(x[row : row + 1], weight, scales, 256)[0], together[row])
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_no_number_stays_none(kind: str, form: str) -> None:
    """Else a model that computes nonsense would seem to speak."""
    weight, scales, _ = some(form, TARGETS[kind].block, 64, 64)
    x = torch.randn(3, 64)
    x[0, 40], x[1, 3] = float("nan"), float("inf")
    y = compiled(form, kind)(x, weight, scales, 64)
    assert not y[:2].isfinite().any()
    assert y[2].isfinite().all()


@pytest.mark.parametrize("form", ["int8", "bf16"])
@pytest.mark.parametrize("out", [1, 33, 101, 1025])
def test_a_matrix_of_any_number_of_rows_is_computed_to_its_end(
    kind: str, form: str, out: int
) -> None:
    weight, scales, wide = some(form, TARGETS[kind].block, out, 32)
    x = torch.randn(2, 32)
    y = compiled(form, kind)(x, weight, scales, out)
    assert torch.allclose(y.double(), x.double() @ wide.T, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("out", [64, 80, 1040])
def test_rows_that_fill_no_block_go_through_torchs_kernel(out: int) -> None:
    if paces.int4_block(pack_int4) != kernels.block():
        pytest.skip("torch packs in another order here")
    torch.manual_seed(0)
    weight, bias, x = torch.randn(out, 96), torch.randn(out), torch.randn(3, 96)
    packed = int4_packed(weight, pack_int4)
    found, torchs = (kind(*packed, bias)(x) for kind in (OwnInt4, Int4Linear))
    assert ((found - torchs).norm(dim=1) / torchs.norm(dim=1)).max() < 0.01


def test_layers_with_our_kernels_lose_nothing_of_their_inputs() -> None:
    torch.manual_seed(0)
    weight, bias, x = torch.randn(96, 64), torch.randn(96), torch.randn(2, 3, 64)
    rows, scales = int8_rows(weight)
    exact = x @ (rows.float() * scales[:, None]).T + bias
    assert torch.allclose(OwnInt8(rows, scales, bias)(x), exact, rtol=1e-3, atol=1e-3)
    dense = OwnDense(weight, bias, torch.bfloat16)
    exact = x @ weight.bfloat16().float().T + bias.bfloat16().float()
    assert torch.allclose(dense(x), exact, rtol=1e-4, atol=1e-4)
    short = dense(x.bfloat16())
    assert short.dtype is torch.bfloat16
    many = torch.randn(40, 64)
    assert torch.equal(dense(many), DenseLinear(weight, bias, torch.bfloat16)(many))


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize("form", FORMS)
def test_code_that_reckons_wrong_is_not_used(
    form: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def wrong(form: str, target: Target) -> str:
        return source(form, target).replace("fadd", "fmul").replace("i8 15", "i8 7")

    monkeypatch.setattr(kernels, "source", wrong)
    with caplog.at_level(logging.WARNING):
        assert kernels.own(form) is None
    assert "does not reckon right" in caplog.text


@pytest.mark.usefixtures("forgotten")
def test_code_that_llvm_does_not_take_is_not_used(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(kernels, "source", lambda *_: "define void @product( {")
    with caplog.at_level(logging.WARNING):
        assert kernels.own("int8") is None
    assert "No machine code for int8" in caplog.text


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize("absent", ["llvmlite", "torch's threads", "another system"])
def test_without_what_it_takes_torchs_kernels_do_the_work(
    absent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if absent == "llvmlite":
        monkeypatch.setitem(sys.modules, "llvmlite", None)
    elif absent == "another system":
        monkeypatch.setattr(sys, "platform", "win32")
    else:
        monkeypatch.setattr(machine_code, "start_threads", lambda: 0)
    assert kernels.own("int4") is None
    assert quantised.best_int4(128, 32) is Int4Linear
    assert quantised.best_int8(128, 64) is not OwnInt8
    assert type(quantised.dense(torch.ones(64, 64).bfloat16(), None)) is DenseLinear


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize("form", FORMS)
def test_a_package_brings_its_code_and_needs_no_llvm(
    form: str, kind: str, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weight, scales, _ = some(form, TARGETS[kind].block, 128, 64)
    x = torch.randn(3, 64)
    expected = compiled(form, kind)(x, weight, scales, 128)
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    machine_code._llvm.cache_clear()
    with pytest.raises(RuntimeError):
        compiled(form, kind)
    monkeypatch.setattr(kernels, "resources_root", lambda: package)
    found = kernels.ready_made(form, kind)
    assert found is not None
    assert torch.equal(found(x, weight, scales, 128), expected)
    assert kernels.own(form) is not None


@pytest.mark.usefixtures("forgotten")
def test_a_library_that_cannot_be_opened_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "kernels").mkdir()
    (tmp_path / "kernels" / f"int8-{HERE}.so").write_bytes(b"no library")
    monkeypatch.setattr(kernels, "resources_root", lambda: tmp_path)
    with caplog.at_level(logging.WARNING):
        assert kernels.own("int8") is None
    assert "No machine code for int8" in caplog.text


def test_a_product_that_is_off_is_told_from_one_that_is_right(kind: str) -> None:
    class Off(Product):
        def __call__(self, *given: object) -> torch.Tensor:
            return right(*given) * 1.01

    for form in FORMS:
        right = compiled(form, kind)
        assert reckons_right(right, form, TARGETS[kind].block)
        assert not reckons_right(Off(form, right._run), form, TARGETS[kind].block)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("width", [32, 63, 96])
def test_rows_of_another_width_are_refused(form: str, width: int) -> None:
    """They would be read past their end, or the weights would."""
    product = kernels.own(form)
    assert product is not None
    weight, scales, _ = some(form, TARGETS[str(HERE)].block, 64, 64)
    with pytest.raises(RuntimeError, match="do not fit"):
        product(torch.ones(2, width), weight, scales, 64)


def test_layers_refuse_what_their_kernels_would_misread() -> None:
    rows, scales = int8_rows(torch.randn(64, 64))
    packed, pairs = int4_packed(torch.randn(128, 64), pack_int4)
    with pytest.raises(TypeError):
        OwnInt8(rows, scales.double())
    with pytest.raises(TypeError):
        OwnInt4(packed, pairs.transpose(0, 1).contiguous().transpose(0, 1))
    with pytest.raises(TypeError):
        OwnDense(torch.randn(64, 64), None)


@pytest.mark.parametrize("form", FORMS)
def test_several_can_multiply_at_once(form: str) -> None:
    product = kernels.own(form)
    assert product is not None
    weight, scales, _ = some(form, TARGETS[str(HERE)].block, 512, 256)
    inputs = [torch.randn(1 + number % 3, 256) for number in range(40)]
    alone = [product(x, weight, scales, 512) for x in inputs]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda x: product(x, weight, scales, 512), inputs))
    assert all(map(torch.equal, alone, together))


@pytest.mark.usefixtures("forgotten")
def test_where_no_written_memory_may_be_run_torchs_kernels_do_the_work(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As under SELinux's deny_execmem: LLVM would say nothing, and the first call end the program."""

    def refused() -> None:
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(machine_code._llvm(), "check_jit_execution", refused)
    with caplog.at_level(logging.WARNING):
        assert kernels.own("int8") is None
    assert "runs no code that was made" in caplog.text


def test_llvm_leaves_memory_when_it_has_done_its_work() -> None:
    """In a process of its own: here others may have used it."""
    code = (
        "from pathlib import Path\n"
        "from desktop_llm.engine import kernels, machine_code\n"
        "def resident():\n"
        "    blocks = Path('/proc/self/smaps').read_text().split('VmFlags')\n"
        "    ours = [one for one in blocks if machine_code.LLVM in one]\n"
        "    assert len(ours) > 3\n"
        "    return sum(int(one.partition('Rss:')[2].split()[0]) for one in ours)\n"
        "leave, machine_code._leave = machine_code._leave, lambda _: None\n"
        "assert kernels.own('int8')\n"
        "before = resident()\n"
        "leave(machine_code.LLVM)\n"
        "print(before, resident())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    before, after = map(int, done.stdout.split())
    assert after < before / 5


def test_loops_and_cells_become_a_function() -> None:
    f = Function("total", "ptr %to, i64 %count")
    cell = f.cell("i64", "0")
    with f.count("%count") as outer, f.count("%count") as inner:
        added = f.value(f"add i64 {f.load('i64', cell)}, {f.times(outer, inner)}")
        f.store("i64", added, cell)
    f.store("i64", f.load("i64", cell), "%to")
    takes, plain = [ctypes.c_void_p, ctypes.c_int64], Processor("x86-64-v3", "", frozenset())
    total = machine_code.compiled(str(f), "total", takes, plain)
    for count in (0, 1, 5):
        found = ctypes.c_int64(-1)
        total(ctypes.addressof(found), count)
        assert found.value == sum(range(count)) ** 2


@pytest.mark.parametrize("capability", ["avx2", "default"])
def test_processors_with_less_have_products_too(capability: str) -> None:
    """What torch packs for them is another order, which only their own kernels take."""
    code = (
        "import torch\n"
        "from desktop_llm.engine import quantised\n"
        "torch.manual_seed(0)\n"
        "weight, x = torch.randn(128, 64), torch.randn(2, 64)\n"
        "for form in ('int4', 'int8'):\n"
        "    y, exact = quantised.quantised(weight, None, form)(x), x @ weight.T\n"
        "    assert (y - exact).norm() < 0.2 * exact.norm(), form\n"
    )
    environment = os.environ | {"ATEN_CPU_CAPABILITY": capability}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
