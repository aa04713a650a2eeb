"""The headless door. A sibling of ``gui`` over the same engine; holds no rule of its own."""
