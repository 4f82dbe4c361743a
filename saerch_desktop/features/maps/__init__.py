"""Maps: documents or features in two dimensions."""
