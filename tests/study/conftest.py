"""A trained library, made once."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_library


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_library.make_trained(tmp_path_factory.mktemp("trained") / "small.saerch")
