"""The desktop window: a sibling of the command line over the same engine. The only room that imports Qt.

No rule, formula or report sentence lives here; what is measured and decided comes from the rooms before it.
"""
