"""pyarrow for Parquet files: no servers, clouds, other formats or sources."""

from PyInstaller.utils.hooks import collect_submodules

_LEFT_OUT = (
    "pyarrow.tests",
    "pyarrow.flight",
    "pyarrow._flight",
    "pyarrow.substrait",
    "pyarrow._substrait",
    "pyarrow._s3fs",
    "pyarrow._gcsfs",
    "pyarrow._azurefs",
    "pyarrow._hdfs",
    "pyarrow.gandiva",
    "pyarrow.orc",
    "pyarrow._orc",
    "pyarrow.cuda",
    "pyarrow._cuda",
    "pyarrow.jvm",
    "pyarrow.conftest",
    "pyarrow.interchange",
)


def _wanted(name):
    return not name.startswith(_LEFT_OUT)


hiddenimports = collect_submodules("pyarrow", filter=_wanted, on_error="ignore")
excludedimports = [*_LEFT_OUT, "pandas"]
