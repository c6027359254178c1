"""The blog itself: its models, forms and views, and the addresses of these."""
