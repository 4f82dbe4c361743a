"""Files written by hand to each program's documented layout compute here what its formula says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import foreign_saes as foreign
import numpy as np
import pytest
import torch
from foreign_saes import FEATURES, K, computed, units, weights

from saerch_desktop.errors import UserError
from saerch_desktop.sae.dialects import registry
from saerch_desktop.sae.dialects.paper import k_in_name
from saerch_desktop.sae.dialects.portable import Portable

X = units(200)
CLOSE = 1e-5


def assert_same(portable: Portable, expected: Any) -> None:
    assert np.abs(portable.reconstruct(X) - expected).max() < CLOSE
    assert np.allclose(np.linalg.norm(portable.decoder, axis=1), 1, atol=1e-3)
    for array in (portable.encoder, portable.decoder, portable.pre_bias, portable.latent_bias):
        assert array.dtype == np.float32


@pytest.mark.parametrize("name", sorted(foreign.TOPK_WRITERS))
def test_the_k_strongest_of_every_dialect(name: str, tmp_path: Path) -> None:
    w = weights()
    path = foreign.TOPK_WRITERS[name](tmp_path, w)
    portable, found = registry.read(path)
    assert (found.dialect.name, portable.variant, portable.k) == (name, "topk", K)
    assert_same(portable, computed(w, X))


def test_a_folder_and_each_of_its_files_are_the_same_autoencoder(tmp_path: Path) -> None:
    folder = foreign.write_saelens(tmp_path / "one", weights())
    for path in (folder, folder / "cfg.json", folder / "sae_weights.safetensors"):
        assert registry.recognise(path).weights == folder / "sae_weights.safetensors"
    alone = foreign.write_paper(tmp_path, weights())
    assert registry.recognise(tmp_path).weights == alone
    link = tmp_path / "link"
    link.symlink_to(folder)
    assert registry.read(link)[1].dialect.name == "saelens"


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_other_float_types_become_float32(kind: torch.dtype, tmp_path: Path) -> None:
    w = weights(dim=512)
    portable, _ = registry.read(foreign.write_sparsify(tmp_path, w, kind))
    parts = (w.encoder, w.decoder, w.pre_bias, w.latent_bias, w.threshold)
    rounded = foreign.Weights(*(torch.tensor(part).to(kind).float().numpy() for part in parts))
    x = units(50, 512)
    assert np.abs(portable.reconstruct(x) - computed(rounded, x)).max() < CLOSE
    assert portable.encoder.dtype == np.float32


class TestPaper:
    @pytest.mark.parametrize(
        ("stem", "k"),
        [
            ("64_9216_128_auxk_epoch_50", 64),
            ("16_9216_32_auxk_csLG_epoch_88", 16),
            ("astroPH_64_9216", 64),
            ("csLG_16_9216_32", 16),
            ("my_astro_2_64_9216", 64),
            ("64_9216", 64),
        ],
    )
    def test_the_names_that_were_published(self, stem: str, k: int) -> None:
        assert k_in_name(stem, 9216) == k

    @pytest.mark.parametrize("stem", ["weights", "astroPH_64_3072", "astroPH_0_9216", "x_99999_9216", "_"])
    def test_names_that_tell_nothing_about_these_weights(self, stem: str) -> None:
        assert k_in_name(stem, 9216) is None

    def test_k_is_asked_for_by_the_option_s_name(self, tmp_path: Path) -> None:
        path = foreign.write_paper(tmp_path, weights(), "model.pth")
        with pytest.raises(UserError, match="--k"):
            registry.read(path)
        portable, _ = registry.read(path, k=3)
        assert portable.k == 3

    def test_k_above_the_features_is_refused(self, tmp_path: Path) -> None:
        path = foreign.write_paper(tmp_path, weights(), "model.pth")
        with pytest.raises(UserError, match="97"):
            registry.read(path, k=FEATURES + 1)


class TestSaeLens:
    @pytest.mark.parametrize("subtract", [True, False])
    def test_one_threshold_per_feature_and_directions_of_any_length(
        self, subtract: bool, tmp_path: Path
    ) -> None:
        w = weights().scaled_decoder(np.random.default_rng(3).uniform(0.3, 3, FEATURES))
        path = foreign.write_saelens(tmp_path, w, "jumprelu", apply_b_dec_to_input=subtract)
        portable, _ = registry.read(path)
        assert portable.variant == "batchtopk"
        assert portable.k is None
        assert_same(portable, computed(w, X, select="threshold", subtract=subtract))

    def test_thresholds_below_zero_still_rectify(self, tmp_path: Path) -> None:
        w = weights()
        w = foreign.Weights(**{**vars(w), "threshold": w.threshold - 0.15})
        assert (w.threshold < 0).any()
        portable, _ = registry.read(foreign.write_saelens(tmp_path, w, "jumprelu"))
        assert_same(portable, computed(w, X, select="threshold"))

    def test_features_without_a_direction_never_fire(self, tmp_path: Path) -> None:
        lengths = np.ones(FEATURES)
        lengths[[2, 50]] = 0
        w = weights().scaled_decoder(lengths)
        portable, _ = registry.read(foreign.write_saelens(tmp_path, w, "jumprelu"))
        assert_same(portable, computed(w, X, select="threshold"))
        assert (portable.active_counts(X) <= FEATURES - 2).all()
        assert "2 of its features" in portable.notes[0]

    def test_selection_by_rescaled_activations_may_have_directions_of_any_length(
        self, tmp_path: Path
    ) -> None:
        w = weights().scaled_decoder(np.random.default_rng(4).uniform(0.3, 3, FEATURES))
        path = foreign.write_saelens(tmp_path, w, rescale_acts_by_decoder_norm=True)
        assert_same(registry.read(path)[0], computed(w, X, rescaled=True))

    def test_the_input_bias_that_is_not_subtracted(self, tmp_path: Path) -> None:
        path = foreign.write_saelens(tmp_path, weights(), apply_b_dec_to_input=False)
        assert_same(registry.read(path)[0], computed(weights(), X, subtract=False))

    def test_the_layout_before_version_six(self, tmp_path: Path) -> None:
        old = {
            "architecture": "standard",
            "activation_fn_str": "topk",
            "activation_fn_kwargs": {"k": 4},
            "k": None,
            "metadata": None,
            "normalize_activations": False,
        }
        portable, _ = registry.read(foreign.write_saelens(tmp_path, weights(), **old))
        assert_same(portable, computed(weights(k=4), X))

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"architecture": "standard"}, "standard"),
            ({"architecture": "gated"}, "gated"),
            ({"architecture": "matryoshka_batchtopk"}, "save_inference_model"),
            ({"normalize_activations": "layer_norm"}, "layer_norm"),
            ({"normalize_activations": "expected_average_only_in"}, "fold_activation_norm_scaling_factor"),
            ({"normalize_activations": True}, "fold_activation_norm_scaling_factor"),
            ({"normalize_activations": "constant_norm_rescale"}, "constant_norm_rescale"),
            ({"reshape_activations": "hook_z"}, "attention"),
            ({"finetuning_scaling_factor": True}, "fine-tuned"),
            ({"d_sae": 95}, "says otherwise"),
            ({"k": 0}, "k is 0"),
            ({"k": FEATURES + 1}, "k is 97"),
            ({"k": "six"}, "not a whole number"),
            ({"apply_b_dec_to_input": "yes"}, "true or false"),
        ],
    )
    def test_what_cannot_be_computed_is_refused_by_name(
        self, changes: dict[str, Any], words: str, tmp_path: Path
    ) -> None:
        path = foreign.write_saelens(tmp_path, weights(), **changes)
        with pytest.raises(UserError) as caught:
            registry.read(path)
        assert words in str(caught.value)


class TestDirectionsOfOtherLengths:
    def test_one_common_length_changes_nothing(self, tmp_path: Path) -> None:
        w = weights().scaled_decoder(np.full(FEATURES, 2.5))
        assert_same(registry.read(foreign.write_sparsify(tmp_path, w))[0], computed(w, X))

    def test_nearly_one_length_keeps_the_selection(self, tmp_path: Path) -> None:
        lengths = 1.7 * (1 + np.random.default_rng(6).uniform(-4e-4, 4e-4, FEATURES))
        w = weights().scaled_decoder(lengths)
        assert_same(registry.read(foreign.write_paper(tmp_path, w))[0], computed(w, X))

    def test_really_different_lengths_are_refused(self, tmp_path: Path) -> None:
        lengths = np.ones(FEATURES)
        lengths[7] = 1.01
        for write in foreign.TOPK_WRITERS.values():
            folder = tmp_path / write.__name__
            folder.mkdir()
            with pytest.raises(UserError, match="would change which features are active"):
                registry.read(write(folder, weights().scaled_decoder(lengths)))


class TestSparsify:
    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"activation": "groupmax"}, "groupmax"),
            ({"sae_type": "lista"}, "lista"),
            ({"transcode": True}, "transcoder"),
            ({"skip_connection": True}, "skip_connection"),
            ({"signed": True}, "signed"),
            ({"d_in": 25}, "says otherwise"),
        ],
    )
    def test_what_cannot_be_computed_is_refused_by_name(
        self, changes: dict[str, Any], words: str, tmp_path: Path
    ) -> None:
        with pytest.raises(UserError, match=words):
            registry.read(foreign.write_sparsify(tmp_path, weights(), **changes))

    def test_latent_sae_says_its_kind_otherwise(self, tmp_path: Path) -> None:
        path = foreign.write_sparsify(tmp_path, weights(), activation=None, sae_type="topk", num_latents=0)
        assert_same(registry.read(path)[0], computed(weights(), X))

    def test_a_second_k_in_training_is_a_remark(self, tmp_path: Path) -> None:
        portable, _ = registry.read(foreign.write_sparsify(tmp_path, weights(), multi_topk=True))
        assert "multi_topk" in portable.notes[0]

    def test_another_k_than_the_file_s_is_refused(self, tmp_path: Path) -> None:
        path = foreign.write_sparsify(tmp_path, weights())
        assert registry.read(path, k=K)[0].k == K
        with pytest.raises(UserError, match="not 7"):
            registry.read(path, k=7)


class TestDictionaryLearning:
    @pytest.mark.parametrize("kind", ["BatchTopKSAE", "MatryoshkaBatchTopKSAE"])
    @pytest.mark.parametrize("threshold", [0.12, -1.0])
    def test_one_threshold(self, kind: str, threshold: float, tmp_path: Path) -> None:
        w = weights().scaled_decoder(np.random.default_rng(3).uniform(0.5, 2, FEATURES))
        portable, _ = registry.read(foreign.write_dictionary_learning(tmp_path, w, kind, threshold))
        assert (portable.variant, portable.k) == ("batchtopk", K)
        assert_same(portable, computed(w, X, select="threshold", threshold=threshold))

    @pytest.mark.parametrize("kind", ["GatedAutoEncoder", "JumpReluAutoEncoder", "AutoEncoder"])
    def test_other_classes_are_refused_by_name(self, kind: str, tmp_path: Path) -> None:
        with pytest.raises(UserError, match=kind):
            registry.read(foreign.write_dictionary_learning(tmp_path, weights(), kind))

    def test_without_its_description_it_is_asked_for(self, tmp_path: Path) -> None:
        folder = foreign.write_dictionary_learning(tmp_path, weights())
        (folder / "config.json").unlink()
        with pytest.raises(UserError, match=r"no config\.json beside ae\.pt"):
            registry.read(folder)

    def test_a_checkpoint_finds_its_description_one_folder_up(self, tmp_path: Path) -> None:
        folder = foreign.write_dictionary_learning(tmp_path, weights())
        (folder / "checkpoints").mkdir()
        path = (folder / "ae.pt").rename(folder / "checkpoints" / "ae_100.pt")
        assert_same(registry.read(path)[0], computed(weights(), X))

    def test_group_sizes_must_add_up(self, tmp_path: Path) -> None:
        folder = foreign.write_dictionary_learning(
            tmp_path, weights(), "MatryoshkaBatchTopKSAE", group_sizes=torch.tensor([1, 2])
        )
        with pytest.raises(UserError, match="group sizes"):
            registry.read(folder)


class TestHypothesaes:
    def test_prefixes_are_kept(self, tmp_path: Path) -> None:
        path = foreign.write_hypothesaes(tmp_path, weights(), prefix_lengths=[16, 48, FEATURES])
        portable, _ = registry.read(path)
        assert (portable.variant, portable.levels) == ("matryoshka", (16, 48, FEATURES))
        assert_same(portable, computed(weights(), X))

    def test_a_learnt_threshold(self, tmp_path: Path) -> None:
        path = foreign.write_hypothesaes(tmp_path, weights(), threshold=0.1, use_batch_topk=True)
        assert_same(registry.read(path)[0], computed(weights(), X, select="threshold", threshold=0.1))

    @pytest.mark.parametrize("prefixes", [[16, 48], [48, 16, FEATURES], [0, FEATURES], ["a"]])
    def test_prefixes_that_make_no_sense(self, prefixes: list[Any], tmp_path: Path) -> None:
        with pytest.raises(UserError):
            registry.read(foreign.write_hypothesaes(tmp_path, weights(), prefix_lengths=prefixes))


class TestOpenAi:
    def test_a_topk_file_says_what_its_loader_would_do(self, tmp_path: Path) -> None:
        path = foreign.write_openai(tmp_path, weights())
        with pytest.raises(UserError, match="openai_raw"):
            registry.read(path)
        portable, _ = registry.read(path, format="openai_raw")
        assert_same(portable, computed(weights(), X))

    @pytest.mark.parametrize(
        ("activation", "postact"), [("ReLU", "ReLU"), ("TopK", "Identity"), ("GELU", "")]
    )
    def test_other_activations_are_refused(self, activation: str, postact: str, tmp_path: Path) -> None:
        path = foreign.write_openai(tmp_path, weights(), activation, postact)
        for form in (None, "openai_raw"):
            with pytest.raises(UserError, match="TopK"):
                registry.read(path, format=form)


class TestSentenceTransformers:
    def test_a_tied_decoder_of_equal_lengths(self, tmp_path: Path) -> None:
        w = weights()
        tied = foreign.Weights(**{**vars(w), "encoder": 0.9 * w.decoder, "decoder": 0.9 * w.decoder})
        portable, found = registry.read(foreign.write_sentence_transformers(tmp_path, tied))
        assert found.dialect.name == "sentence_transformers"
        assert_same(portable, computed(tied, X))

    def test_of_different_lengths_it_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="would change"):
            registry.read(foreign.write_sentence_transformers(tmp_path, weights()))

    def test_normalised_input_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="normalize"):
            registry.read(foreign.write_sentence_transformers(tmp_path, weights(), normalize=True))


class TestRecognition:
    def test_what_is_unknown_lists_what_was_found_and_what_is_known(self, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("hello")
        (tmp_path / "inner").mkdir()
        with pytest.raises(UserError) as caught:
            registry.read(tmp_path)
        told = str(caught.value)
        assert "notes.txt" in told
        assert "inner/" in told
        assert all(dialect.title in told for dialect in registry.DIALECTS)

    def test_foreign_keys_are_listed(self, tmp_path: Path) -> None:
        torch.save({"layers.0.weight": torch.zeros(2)}, tmp_path / "model.pt")
        with pytest.raises(UserError, match=r"layers\.0\.weight"):
            registry.read(tmp_path / "model.pt")

    def test_several_files_are_not_guessed_among(self, tmp_path: Path) -> None:
        foreign.write_paper(tmp_path, weights())
        foreign.write_paper(tmp_path, weights(), "other_6_96.pth")
        with pytest.raises(UserError, match="one of them"):
            registry.read(tmp_path)

    def test_several_formats_in_a_folder_ask_for_one(self, tmp_path: Path) -> None:
        foreign.write_saelens(tmp_path, weights())
        config = json.loads((tmp_path / "cfg.json").read_text())
        foreign.write_sparsify(tmp_path, weights())
        config |= json.loads((tmp_path / "cfg.json").read_text())
        (tmp_path / "cfg.json").write_text(json.dumps(config))
        with pytest.raises(UserError, match="--format saelens or --format sparsify"):
            registry.read(tmp_path)
        assert registry.read(tmp_path, format="sparsify")[1].dialect.name == "sparsify"
        assert registry.recognise(tmp_path / "sae.safetensors").dialect.name == "sparsify"

    @pytest.mark.parametrize("form", ["onnx", ""])
    def test_an_unknown_format_lists_the_known_ones(self, form: str, tmp_path: Path) -> None:
        path = foreign.write_paper(tmp_path, weights())
        if form:
            with pytest.raises(UserError, match="paper, saelens"):
                registry.read(path, format=form)
        else:
            assert registry.read(path, format=form)[1].dialect.name == "paper"

    def test_nothing_there(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="no file or folder"):
            registry.read(tmp_path / "absent.pth")
