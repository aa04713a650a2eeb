"""dmgbuild's settings: the program beside a link to Applications, to be dragged there."""

from pathlib import Path

application = defines["app"]  # noqa: F821 (dmgbuild runs this file with its own names)
_name = Path(application).name

format = "ULFO"  # noqa: A001
filesystem = "HFS+"
files = [application]
symlinks = {"Applications": "/Applications"}
icon_locations = {_name: (140, 150), "Applications": (420, 150)}
window_rect = ((200, 200), (560, 340))
icon_size = 112
text_size = 13
default_view = "icon-view"
