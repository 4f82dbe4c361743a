"""Files written and read by the public programs themselves: their reconstruction against ours, both ways.

Needs the packages of the extra `interchange-tests` (their own dependencies are gigabytes, so the extra names
what they load, and they are installed without the rest); what is not there is skipped.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import warnings
from pathlib import Path
from typing import Any

import foreign_saes as foreign
import numpy as np
import pytest
import torch
from foreign_saes import DIM, FEATURES, K, units, weights
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.sae.dialects import registry
from saerch_desktop.sae.dialects.portable import Portable

pytestmark = pytest.mark.filterwarnings("ignore")
X = units(300, seed=11)
CLOSE = 1e-5


def package(name: str) -> Any:
    """The module, or a skip with the reason; what it prints and warns about while loading is its own."""
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        pytest.importorskip(name.partition(".")[0], reason="a public package (extra interchange-tests)")
        try:
            return importlib.import_module(name)
        except ImportError as error:
            pytest.skip(f"{name} lacks something: {error}")


def theirs(model: Any) -> NDArray[np.float32]:
    with torch.no_grad():
        return np.asarray(model.decode(model.encode(torch.tensor(X))))


def worst(portable: Portable, expected: NDArray[Any]) -> float:
    return float(np.abs(portable.reconstruct(X) - expected).max())


def fill(model: Any, parts: dict[str, Any]) -> None:
    """Copy arrays into a module's parameters and buffers by name."""
    with torch.no_grad():
        for name, value in parts.items():
            target = (
                model.get_parameter(name)
                if name in dict(model.named_parameters())
                else model.get_buffer(name)
            )
            target.copy_(torch.tensor(np.array(value, order="C")))


def ours(threshold: NDArray[np.float32] | None = None, levels: tuple[int, ...] = ()) -> Portable:
    w = weights()
    variant = "batchtopk" if threshold is not None else "matryoshka" if levels else "topk"
    parts = (w.encoder, w.decoder, w.pre_bias, w.latent_bias)
    return Portable(*parts, k=K, variant=variant, threshold=threshold, levels=levels)


class TestSaeLens:
    def parts(self, w: foreign.Weights) -> dict[str, Any]:
        return {"W_enc": w.encoder.T, "W_dec": w.decoder, "b_enc": w.latent_bias, "b_dec": w.pre_bias}

    @pytest.mark.parametrize("subtract", [True, False])
    @pytest.mark.parametrize("rescaled", [True, False])
    def test_topk(self, subtract: bool, rescaled: bool, tmp_path: Path) -> None:
        lens = package("sae_lens")
        lengths = np.random.default_rng(1).uniform(0.4, 2.5, FEATURES) if rescaled else np.ones(FEATURES)
        config = lens.TopKSAEConfig(
            d_in=DIM,
            d_sae=FEATURES,
            k=K,
            apply_b_dec_to_input=subtract,
            rescale_acts_by_decoder_norm=rescaled,
        )
        model = lens.TopKSAE(config)
        fill(model, self.parts(weights().scaled_decoder(lengths)))
        model.save_model(tmp_path)
        portable, found = registry.read(tmp_path)
        assert (found.dialect.name, portable.k) == ("saelens", K)
        assert worst(portable, theirs(model)) < CLOSE

    @pytest.mark.parametrize("subtract", [True, False])
    def test_jumprelu(self, subtract: bool, tmp_path: Path) -> None:
        lens = package("sae_lens")
        config = lens.JumpReLUSAEConfig(d_in=DIM, d_sae=FEATURES, apply_b_dec_to_input=subtract)
        model = lens.JumpReLUSAE(config)
        w = weights().scaled_decoder(np.random.default_rng(2).uniform(0.4, 2.5, FEATURES))
        fill(model, {**self.parts(w), "threshold": w.threshold})
        model.save_model(tmp_path)
        assert worst(registry.read(tmp_path)[0], theirs(model)) < CLOSE

    @pytest.mark.parametrize("kind", ["BatchTopK", "MatryoshkaBatchTopK"])
    def test_what_was_trained_with_batchtopk_is_saved_as_jumprelu(self, kind: str, tmp_path: Path) -> None:
        lens = package("sae_lens")
        more = {"matryoshka_widths": [24, FEATURES]} if kind.startswith("M") else {}
        config = getattr(lens, f"{kind}TrainingSAEConfig")(d_in=DIM, d_sae=FEATURES, k=K, **more)
        model = getattr(lens, f"{kind}TrainingSAE")(config)
        w = weights().scaled_decoder(np.random.default_rng(3).uniform(0.4, 2.5, FEATURES))
        fill(model, self.parts(w))
        model.topk_threshold.fill_(0.11)
        model.save_inference_model(tmp_path)
        loaded = lens.SAE.load_from_disk(tmp_path)
        portable, _ = registry.read(tmp_path)
        assert portable.variant == "batchtopk"
        assert worst(portable, theirs(loaded)) < CLOSE
        model.save_model(tmp_path / "training")
        with pytest.raises(UserError, match="save_inference_model"):
            registry.read(tmp_path / "training")

    def test_standard_is_refused(self, tmp_path: Path) -> None:
        lens = package("sae_lens")
        lens.StandardSAE(lens.StandardSAEConfig(d_in=DIM, d_sae=FEATURES)).save_model(tmp_path)
        with pytest.raises(UserError, match="standard"):
            registry.read(tmp_path)

    @pytest.mark.parametrize("by_threshold", [False, True])
    def test_export(self, by_threshold: bool, tmp_path: Path) -> None:
        lens = package("sae_lens")
        portable = ours(weights().threshold if by_threshold else None)
        registry.write(portable, "saelens", tmp_path / "out", "mine")
        model = lens.SAE.load_from_disk(tmp_path / "out")
        assert model.cfg.architecture() == ("jumprelu" if by_threshold else "topk")
        assert worst(portable, theirs(model)) < CLOSE


class TestSparsify:
    def theirs(self, model: Any) -> NDArray[np.float32]:
        with torch.no_grad():
            acts, ids, _ = model.encode(torch.tensor(X))
            return np.asarray(model.decode(acts, ids))

    @pytest.mark.parametrize("multi", [False, True])
    def test_import(self, multi: bool, tmp_path: Path) -> None:
        sparse = package("sparsify.sparse_coder")
        config = sparse.SparseCoderConfig(num_latents=FEATURES, k=K, multi_topk=multi)
        model = sparse.SparseCoder(DIM, config)
        w = weights()
        fill(
            model,
            {
                "encoder.weight": w.encoder,
                "encoder.bias": w.latent_bias,
                "W_dec": w.decoder,
                "b_dec": w.pre_bias,
            },
        )
        model.save_to_disk(tmp_path)
        portable, found = registry.read(tmp_path)
        assert found.dialect.name == "sparsify"
        assert worst(portable, self.theirs(model)) < CLOSE

    @pytest.mark.parametrize(
        "odd", [{"activation": "groupmax"}, {"transcode": True}, {"skip_connection": True}]
    )
    def test_other_kinds_are_refused(self, odd: dict[str, Any], tmp_path: Path) -> None:
        sparse = package("sparsify.sparse_coder")
        config = sparse.SparseCoderConfig(num_latents=FEATURES, k=K, **odd)
        sparse.SparseCoder(DIM, config).save_to_disk(tmp_path)
        with pytest.raises(UserError):
            registry.read(tmp_path)

    def test_export(self, tmp_path: Path) -> None:
        sparse = package("sparsify.sparse_coder")
        registry.write(ours(), "sparsify", tmp_path / "out", "mine")
        model = sparse.SparseCoder.load_from_disk(tmp_path / "out")
        assert worst(ours(), self.theirs(model)) < CLOSE


MODULES = {
    "AutoEncoderTopK": "dictionary_learning.trainers.top_k",
    "BatchTopKSAE": "dictionary_learning.trainers.batch_top_k",
    "MatryoshkaBatchTopKSAE": "dictionary_learning.trainers.matryoshka_batch_top_k",
}


class TestDictionaryLearning:
    def made(self, kind: str, threshold: float) -> Any:
        w = weights()
        cls = getattr(package(MODULES[kind]), kind)
        common = {"b_dec": w.pre_bias, "threshold": np.float32(threshold)}
        if kind.startswith("M"):
            model = cls(DIM, FEATURES, K, [24, FEATURES - 24])
            fill(model, {"W_enc": w.encoder.T, "b_enc": w.latent_bias, "W_dec": w.decoder, **common})
        else:
            model = cls(DIM, FEATURES, K)
            parts = {
                "encoder.weight": w.encoder,
                "encoder.bias": w.latent_bias,
                "decoder.weight": w.decoder.T,
            }
            fill(model, parts | common)
        return model

    @pytest.mark.parametrize("kind", sorted(MODULES))
    @pytest.mark.parametrize("threshold", [0.13, -1.0])
    def test_import(self, kind: str, threshold: float, tmp_path: Path) -> None:
        model = self.made(kind, threshold)
        torch.save(model.state_dict(), tmp_path / "ae.pt")
        (tmp_path / "config.json").write_text(json.dumps({"trainer": {"dict_class": kind, "k": K}}))
        portable, found = registry.read(tmp_path)
        assert (found.dialect.name, portable.k) == ("dictionary_learning", K)
        assert worst(portable, theirs(model)) < CLOSE

    @pytest.mark.parametrize("thresholds", [None, "one", "several"])
    def test_export(self, thresholds: str | None, tmp_path: Path) -> None:
        kind = "AutoEncoderTopK" if thresholds is None else "BatchTopKSAE"
        cls = getattr(package(MODULES[kind]), kind)
        each = {None: None, "one": np.full(FEATURES, 0.12, np.float32), "several": weights().threshold}
        portable = ours(each[thresholds])
        registry.write(portable, "dictionary_learning", tmp_path / "out", "mine")
        assert json.loads((tmp_path / "out" / "config.json").read_text())["trainer"]["dict_class"] == kind
        assert worst(portable, theirs(cls.from_pretrained(str(tmp_path / "out" / "ae.pt")))) < CLOSE


class TestHypothesaes:
    def made(self, **options: Any) -> Any:
        cls = package("hypothesaes.sae").SparseAutoencoder
        model = cls(DIM, FEATURES, K, device="cpu", **options)
        w = weights()
        fill(
            model,
            {
                "encoder.weight": w.encoder,
                "decoder.weight": w.decoder.T,
                "input_bias": w.pre_bias,
                "neuron_bias": w.latent_bias,
                "threshold": np.float32(0.12),
            },
        )
        return model.eval()

    def theirs(self, model: Any) -> NDArray[np.float32]:
        with torch.no_grad():
            return np.asarray(model(torch.tensor(X))[0])

    @pytest.mark.parametrize(
        "options",
        [{}, {"use_batch_topk": True}, {"prefix_lengths": [12, 48, FEATURES]}, {"multi_k": 4 * K}],
    )
    def test_import(self, options: dict[str, Any], tmp_path: Path) -> None:
        model = self.made(**options)
        path = model.save(str(tmp_path / "SAE_M=96_K=6.pt"))
        portable, found = registry.read(Path(path))
        assert (found.dialect.name, portable.k) == ("hypothesaes", K)
        assert portable.levels == tuple(options.get("prefix_lengths", ()))
        assert worst(portable, self.theirs(model)) < CLOSE

    @pytest.mark.parametrize("kind", ["topk", "matryoshka", "batchtopk"])
    def test_export(self, kind: str, tmp_path: Path) -> None:
        module = package("hypothesaes.sae")
        portable = {
            "topk": ours(),
            "matryoshka": ours(levels=(12, FEATURES)),
            "batchtopk": ours(np.full(FEATURES, 0.12, np.float32)),
        }[kind]
        (path,) = registry.write(portable, "hypothesaes", tmp_path / "out", "mine")
        model = module.load_model(str(path), device="cpu").eval()
        assert worst(portable, self.theirs(model)) < CLOSE


class TestSentenceTransformers:
    def test_import(self, tmp_path: Path) -> None:
        modules = package("sentence_transformers.sparse_encoder.models")
        model = modules.SparseAutoEncoder(DIM, FEATURES, k=K, k_aux=8).eval()
        w = weights()
        fill(
            model,
            {"encoder.weight": w.decoder, "pre_bias": w.pre_bias, "latent_bias": w.latent_bias},
        )
        model.save(str(tmp_path))
        portable, found = registry.read(tmp_path)
        assert found.dialect.name == "sentence_transformers"
        with torch.no_grad():
            expected = model({"sentence_embedding": torch.tensor(X)})["decoded_embedding_k"]
        assert worst(portable, np.asarray(expected)) < CLOSE
