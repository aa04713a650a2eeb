"""Assessment to words, tables, PDF, HTML, Markdown and CSV. Decides and measures nothing."""
