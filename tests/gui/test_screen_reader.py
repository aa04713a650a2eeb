"""What a screen reader hears: every control of every screen has a name, a role and a state."""

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QWidget

from tests import screenshots

CELLS = {QAccessible.Role.Cell, QAccessible.Role.ListItem, QAccessible.Role.TreeItem}
"""What a table or a list has too many of, and which says what stands in it."""

VAGUE = {QAccessible.Role.NoRole, QAccessible.Role.Client, QAccessible.Role.Pane, QAccessible.Role.Grouping}
"""Roles that don't say what can be done."""


def tree(root: QWidget) -> Iterator[tuple[QAccessibleInterface, QWidget]]:
    """Go through what a screen reader finds in a window and that can be seen."""
    waiting = [QAccessible.queryAccessibleInterface(root)]
    while waiting:
        each = waiting.pop()
        if each is None or not each.isValid() or each.state().invisible or each.role() in CELLS:
            continue
        widget = each.object()
        if isinstance(widget, QWidget):
            yield each, widget
        waiting += [each.child(number) for number in range(min(each.childCount(), 200))]


def faults(root: QWidget) -> Iterator[str]:
    """Say what a screen reader can't tell."""
    for each, widget in tree(root):
        if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or widget.focusProxy() is not None:
            continue
        told = f"{type(widget).__name__} {widget.objectName()!r} in {type(widget.parent()).__name__}"
        if not each.text(QAccessible.Text.Name).strip():
            yield f"no name: {told}"
        # Qt has no role for what is only scrolled or drawn: its name and description have to do.
        if each.role() in VAGUE and not isinstance(widget, QAbstractScrollArea):
            yield f"no role: {told}, {each.role()}"
        if isinstance(widget, QAbstractButton) and widget.isCheckable() != bool(each.state().checkable):
            yield f"no state: {told}"


def test_every_control_of_every_screen_has_name_role_and_state(qapp) -> None:
    QAccessible.setActive(True)
    controls = 0
    found = set()
    with screenshots.opened() as camera:
        for name, shown in screenshots.visited(camera, []):
            controls += sum(bool(each.state().focusable) for each, _widget in tree(shown))
            found |= {f"{name}: {fault}" for fault in faults(shown)}
    assert controls > 500
    assert not found, "\n".join(sorted(found))
