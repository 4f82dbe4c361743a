"""UMAP compiles itself on first use and asks its source file's date for that, so the files have to be there."""

module_collection_mode = {"umap": "pyz+py"}
excludedimports = ["tensorflow", "matplotlib", "pandas", "bokeh", "datashader", "holoviews"]
