"""The optimiser against torch.optim.Adam on gradients that were projected and clipped one after the other."""

from __future__ import annotations

import pytest
import torch
from dense_oracle import training
from torch import Tensor

from saerch_desktop.sae import optimiser
from saerch_desktop.sae.gradients import Gradients
from saerch_desktop.sae.model import Model
from saerch_desktop.sae.optimiser import Adam

SHAPES = ((50, 6), (50,), (50, 6), (6,))


def _model(seed: int = 0, dtype: torch.dtype = torch.float64) -> Model:
    generator = torch.Generator().manual_seed(seed)
    parts = [torch.randn(*shape, generator=generator, dtype=torch.float64) for shape in SHAPES]
    parts[2] /= parts[2].norm(dim=1, keepdim=True)
    return Model(*[part.to(dtype).requires_grad_() for part in parts])


def _gradients(model: Model, seed: int, size: float) -> Gradients:
    generator = torch.Generator().manual_seed(1_000 + seed)
    gradients = Gradients.of(model)
    for part in gradients.tensors():
        part.copy_(size * torch.randn(part.shape, generator=generator, dtype=torch.float64))
    gradients.along.copy_((gradients.decoder * model.decoder).sum(dim=1).detach())
    gradients.empty = False
    return gradients


def _reference_step(
    model: Model, reference: torch.optim.Adam, gradients: list[Tensor], clip: float, rate: float
) -> None:
    for parameter, gradient in zip(model.parameters(), gradients[:4], strict=True):
        parameter.grad = gradient.clone()
    slope = model.decoder.grad
    assert slope is not None
    with torch.no_grad():
        slope -= (slope * model.decoder).sum(dim=1, keepdim=True) * model.decoder
    torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
    for group in reference.param_groups:
        group["lr"] = rate
    reference.step()
    with torch.no_grad():
        model.decoder.div_(model.decoder.norm(dim=1, keepdim=True))


@pytest.mark.parametrize("blocks", [1, 7, 1 << 18])
@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
def test_updates_equal_adams(size: float, fused: bool, blocks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimiser, "_BLOCK_FLOATS", blocks * SHAPES[0][1])
    if not fused:
        monkeypatch.setattr(optimiser, "_has_fused", lambda _: False)
    mine, theirs = _model(), _model()
    config = training("topk", 6, 50, 3, grad_clip=0.7)
    adam = Adam(mine, config)
    reference = torch.optim.Adam(theirs.parameters(), lr=1.0, betas=(0.9, 0.999), eps=1e-8)
    for step, rate in enumerate((1e-2, 3e-2, 1e-3, 5e-2, 1e-2)):
        gradients = _gradients(mine, step, size)
        _reference_step(theirs, reference, gradients.tensors(), 0.7, rate)
        adam.step(mine, gradients, rate)
        assert gradients.empty
        for one, two in zip(mine.parameters(), theirs.parameters(), strict=True):
            # The clip's divisor is a float32, as the fused update wants it.
            torch.testing.assert_close(one, two, rtol=1e-6, atol=1e-7)
    torch.testing.assert_close(mine.decoder.norm(dim=1), torch.ones(50, dtype=torch.float64))


def test_the_fused_update_is_there() -> None:
    assert optimiser._has_fused("cpu")


def test_single_precision_follows_double() -> None:
    single, double = _model(dtype=torch.float32), _model()
    config = training("topk", 6, 50, 3)
    one, two = Adam(single, config), Adam(double, config)
    for step in range(5):
        one.step(single, _gradients(single, step, 1.0), 1e-2)
        two.step(double, _gradients(double, step, 1.0), 1e-2)
    for mine, exact in zip(single.parameters(), double.parameters(), strict=True):
        torch.testing.assert_close(mine.double(), exact, rtol=1e-4, atol=1e-5)


def test_a_gradient_along_the_rows_moves_nothing_and_takes_no_share_of_the_clip() -> None:
    model = _model()
    before = model.decoder.detach().clone()
    gradients = _gradients(model, 0, 1e-2)
    gradients.decoder.copy_(1e6 * before)
    gradients.along.fill_(1e6)
    bias = gradients.latent_bias.clone()
    adam = Adam(model, training("topk", 6, 50, 3, grad_clip=1.0))
    adam.step(model, gradients, 1e-2)
    assert (model.decoder - before).abs().max() < 0.02
    torch.testing.assert_close(adam.state()["adam.first.encoder.bias"], 0.1 * bias)


def test_a_zero_row_stays_zero() -> None:
    model = _model()
    with torch.no_grad():
        model.decoder[3] = 0
    gradients = _gradients(model, 0, 1.0)
    gradients.decoder[3] = 0
    gradients.along[3] = 0
    Adam(model, training("topk", 6, 50, 3)).step(model, gradients, 1e-2)
    assert torch.equal(model.decoder[3], torch.zeros(6, dtype=torch.float64))


def test_the_state_goes_on_where_it_was_left() -> None:
    config = training("topk", 6, 50, 3)
    through, left = _model(dtype=torch.float32), _model(dtype=torch.float32)
    whole, first = Adam(through, config), Adam(left, config)
    for step in range(3):
        whole.step(through, _gradients(through, step, 1.0), 1e-2)
        first.step(left, _gradients(left, step, 1.0), 1e-2)
    saved = {name: part.clone() for name, part in first.state().items()}
    second = Adam(left, config)
    second.load(saved)
    for step in range(3, 6):
        whole.step(through, _gradients(through, step, 1.0), 1e-2)
        second.step(left, _gradients(left, step, 1.0), 1e-2)
    for one, two in zip(through.parameters(), left.parameters(), strict=True):
        assert torch.equal(one, two)
    assert all(torch.equal(part, second.state()[name]) for name, part in whole.state().items())


def test_a_foreign_state_is_refused_before_anything_changes() -> None:
    model = _model()
    adam = Adam(model, training("topk", 6, 50, 3))
    adam.step(model, _gradients(model, 0, 1.0), 1e-2)
    before = {name: part.clone() for name, part in adam.state().items()}
    wrong = {name: torch.zeros(1) for name in before}
    with pytest.raises(ValueError, match="shape"):
        adam.load(wrong | {"adam.step": torch.zeros(())})
    with pytest.raises(KeyError):
        adam.load({})
    assert all(torch.equal(part, before[name]) for name, part in adam.state().items())
