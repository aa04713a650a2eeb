"""What numbers and texts of a record may be: bounds far beyond anything honest, so that nothing overflows whatever
is made of them. Documents, catalogue files and workers' messages share them.
"""

from typing import Annotated

from msgspec import Meta

LARGEST = 1e60
"""Of any number in a document. What is derived from such numbers by a few products and powers doesn't overflow."""

Count = Annotated[int, Meta(ge=0, le=2**53)]  # up to which every whole number is exact in any program
Positive = Annotated[int, Meta(ge=1, le=2**53)]
Seconds = Annotated[float, Meta(ge=0, le=1e8)]
Elapsed = Annotated[float, Meta(ge=1e-9, le=1e8)]  # what figures are divided by

Colour = Annotated[str, Meta(pattern=r"^#[0-9A-Fa-f]{6}$")]
