"""UMAP compiles itself on first use and asks its source files for their dates, so they have to be there."""

module_collection_mode = {"umap": "pyz+py"}
excludedimports = ["tensorflow", "matplotlib", "pandas", "bokeh", "datashader", "holoviews"]
