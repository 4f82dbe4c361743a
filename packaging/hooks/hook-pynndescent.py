"""The neighbour search of UMAP compiles itself as UMAP does."""

module_collection_mode = {"pynndescent": "pyz+py"}
