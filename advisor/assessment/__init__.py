"""One run, kept: the pipeline over the earlier stages, the document, its store, the settings."""
