"""The assessment wizard: seven steps from a goal to a run. It edits ``Needs`` and decides nothing itself."""
