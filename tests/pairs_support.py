"""Feature sets made from given codes alone, for tests of what is counted from codes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from saerch_desktop import files
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.inverted import InvertedIndex
from saerch_desktop.features.statistics import FeatureStatistics
from saerch_desktop.progress import Progress
from saerch_desktop.sae.codes import INDICES_FILE, VALUES_FILE, Codes


def feature_set(folder: Path, table: NDArray[np.float64], without: tuple[int, ...] = ()) -> FeatureSet:
    """Of a dense (documents, features) table of activations; every row's places in an order of their own.

    without: rows that have no vector; they must be empty.
    """
    rows, features = table.shape
    width = max(1, int((table > 0).sum(axis=1).max(initial=0)))
    order = np.argsort(-table, axis=1, kind="stable")[:, :width]
    values = np.take_along_axis(table, order, axis=1).astype(np.float32)
    codes = Codes(np.ascontiguousarray(order, np.int32), values)
    folder.mkdir(parents=True, exist_ok=True)
    files.write_array(folder / INDICES_FILE, codes.indices)
    files.write_array(folder / VALUES_FILE, codes.values)
    inverted = InvertedIndex.build(codes, features, folder, Progress())
    documents = rows - len(without)
    config = SimpleNamespace(features=features, width=width)
    return FeatureSet(
        sae=cast("Any", SimpleNamespace(config=config, name="made up", sha256="")),
        codes=codes,
        inverted=inverted,
        statistics=FeatureStatistics.of(inverted, documents),
        labels=cast("Any", None),
        documents=documents,
        folder=folder,
        without_vector=np.asarray(without, np.int64),
    )


def clumped(rows: int, features: int, clumps: int, seed: int = 0) -> NDArray[np.float64]:
    """(rows, features): each document is of one clump, whose features are active in about half of them;
    others are in a twentieth, the last one never.
    """
    chance = np.random.default_rng(seed)
    of_row, of_feature = np.arange(rows) % clumps, np.arange(features) % clumps
    likely = np.where(of_row[:, None] == of_feature[None, :], 0.5, 0.05)
    active = chance.random((rows, features)) < likely
    active[:, -1] = False
    return np.where(active, np.round(chance.uniform(0.1, 2, (rows, features)), 3), 0.0)
