"""What the example shows of itself: sources, twins, and how a request was answered."""
