"""Steps with Triton's interpreter beside the same in plain torch; run by test_accelerated in its own process,
because Triton decides once, when it is imported, whether to interpret.
"""

from __future__ import annotations

from typing import Any

import torch
from dense_oracle import inputs, training

from saerch_desktop.sae import accelerated, kernels
from saerch_desktop.sae.config import VARIANTS
from saerch_desktop.sae.gradients import Gradients, accumulate
from saerch_desktop.sae.peers import Peers

calls = 0


def _step(variant: Any, case: str, situation: str, precision: str) -> list[torch.Tensor]:
    x, model, k, dead = inputs(case, situation)
    config = training(variant, x.shape[1], model.features, k, precision=precision)
    gradients = Gradients.of(model)
    for part in (x, x[:1]):  # the second adds to what the first wrote
        last = accumulate(
            model,
            part,
            config,
            variance=1.0,
            dead=dead,
            batch=9,
            peers=Peers(),
            gradients=gradients,
        )
    return [*gradients.tensors(), last.total]


def main() -> None:
    kernels._multiplies_sparse = lambda: False  # type: ignore[assignment]
    possible, attempt = accelerated._possible, accelerated._attempt

    def counted(name: str, work: Any) -> Any:
        global calls
        calls += 1
        return attempt(name, work)

    accelerated._attempt = counted
    for variant in VARIANTS:
        for case, situation in (("many features", "all dead"), ("one document", "ordinary")):
            for precision in ("float32", "bfloat16"):
                accelerated._possible = possible
                mine = _step(variant, case, situation, precision)
                accelerated._possible = lambda _: False
                plain = _step(variant, case, situation, precision)
                for one, two in zip(mine, plain, strict=True):
                    torch.testing.assert_close(one, two)
    assert calls > 50
    assert not accelerated._failed
    print("Triton agrees", calls)


if __name__ == "__main__":
    main()
