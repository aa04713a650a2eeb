"""The desktop door, the only room that imports Qt. Holds no rule, formula or sentence of the engine."""
