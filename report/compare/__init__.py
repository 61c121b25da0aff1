"""Two runs side by side: view, figures, page, Markdown, JSON."""
