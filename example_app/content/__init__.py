"""Where the words come from, and how Markdown becomes a page."""
