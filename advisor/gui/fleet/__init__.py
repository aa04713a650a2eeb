"""Several machines in the window: which, what is asked of them, how far they are, and what came of it."""
