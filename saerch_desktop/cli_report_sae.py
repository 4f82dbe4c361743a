"""What the commands about autoencoders print: as JSON for machines and as plain lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saerch_desktop import cli_values as values
from saerch_desktop.cli_progress import duration
from saerch_desktop.cli_report import emit

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.study.reconstruction import Reconstruction
    from saerch_desktop.workflow.build import Built, Plan


def plan(name: str, planned: Plan) -> None:
    config, sae, documents = planned.config, planned.config.sae, planned.documents
    print(
        f"Training “{name}”: {sae.features:,} features, {sae.k} active per document, {config.epochs} passes"
        f" over {documents:,} documents of {sae.dim} dimensions"
        f" (preset {config.preset}, seed {config.seed}, device {config.device})."
    )


def trained(built: Built, *, as_json: bool) -> None:
    payload = values.built(built)
    if as_json:
        return emit(payload)
    quality = payload["metrics"]
    print(f"“{built.name}” is trained and searchable after {duration(built.seconds)}.")
    if quality:
        print(f"  Unexplained on {quality['n_heldout']:,} held-out documents: {quality['fvu']:.1%}")
        print(
            f"  Active features per document: {quality['l0']:.1f};"
            f" never active: {quality['dead_fraction']:.1%}"
        )
    return None


def sae(features: FeatureSet, top: int, *, as_json: bool) -> None:
    payload = values.sae(features)
    if as_json:
        return emit(payload)
    config, quality = payload["config"], payload["metrics"]
    print(
        f"“{payload['name']}”: {config['features']:,} features, k {config['k']}, {config['dim']} dimensions"
    )
    if quality:
        print(
            f"  Unexplained on {quality['n_heldout']:,} held-out documents {quality['fvu']:.1%},"
            f" active per document {quality['l0']:.1f}, never active {quality['dead_fraction']:.1%}"
        )
    if top:
        print("  Most frequent features:")
    for entry in sorted(payload["statistics"], key=lambda entry: (-entry["density"], entry["feature"]))[:top]:
        print(
            f"  {entry['feature']:>7}  {entry['density']:>7.2%}  max {entry['maximum']:.3f}  {entry['label']}"
        )
    return None


def reconstruction(measured: Reconstruction, *, as_json: bool) -> None:
    payload = values.plain(measured)
    if as_json:
        return emit(payload)
    print(f"“{measured.sae}” ({measured.features:,} features, k {measured.k})")
    print(f"  Trained on {measured.n_train:,} documents, measured on {measured.n_heldout:,} held out")
    print(f"  Unexplained variance (fvu)    {measured.fvu:.4f}")
    print(f"  Cosine to the original        {measured.cosine:.4f}")
    print(f"  Active features (l0)          {measured.l0:.1f}")
    print(f"  Features that never fire      {measured.dead_fraction:.2%}")
    return None
