"""Django twin of ``example_app/tour``: what each global is there."""
