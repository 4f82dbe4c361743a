"""Runs first in the frozen program: what UMAP compiles on this computer is kept in the user's cache folder.

It would be kept beside UMAP's sources, where an installed program may not write.
"""


def _keep_compiled() -> None:
    import os

    import platformdirs

    cache = platformdirs.user_cache_dir("saerch-desktop", appauthor=False)
    os.environ.setdefault("NUMBA_CACHE_DIR", os.path.join(cache, "numba"))


_keep_compiled()
