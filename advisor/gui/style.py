"""The style sheet of the whole window, made of a theme's tokens."""

from advisor.gui.theme import RADIUS, Space, Theme, Type, pixels
from advisor.resources import resource


def stylesheet(theme: Theme) -> str:
    """Return the style sheet of the whole window.

    Widgets ask for a look by a property: ``kind`` of a button ("primary", "quiet", "danger", "link"),
    ``role`` of a label ("display", "heading", "title", "lead", "strong", "caption", "code"), ``tone``
    ("muted", "good", "warning", "bad", "accent"), ``card`` of a frame ("plain", "sunken", "accent", "good",
    "warning", "bad").
    """
    t = theme
    shade = "dark" if t.dark else "light"
    arrow_down = resource("icons", f"arrow-down-{shade}.svg").as_posix()
    arrow_up = resource("icons", f"arrow-up-{shade}.svg").as_posix()
    check = resource("icons", f"check-{shade}.svg").as_posix()
    tones = "\n".join(
        f'QLabel[tone="{tone}"] {{ color: {colour}; }}'
        for tone, colour in {
            "muted": t.muted,
            "good": t.good,
            "warning": t.warning,
            "bad": t.bad,
            "accent": t.accent,
        }.items()
    )
    pills = "\n".join(
        f'QLabel[pill="{tone}"] {{ color: {colour}; background: {ground}; border-radius: 8px;'
        f" padding: 2px {Space.S}px; min-height: 14px; font-weight: 600;"
        f" font-size: {pixels(Type.CAPTION)}px; }}"
        for tone, colour, ground in (
            ("muted", t.muted, t.sunken),
            ("accent", t.accent, t.accent_soft),
            ("good", t.good, t.good_soft),
            ("warning", t.warning, t.warning_soft),
            ("bad", t.bad, t.bad_soft),
        )
    )
    cards = "\n".join(
        f'QFrame[card="{kind}"] {{ background: {ground}; border: 1px solid {line};'
        f" border-radius: {RADIUS}px; }}"
        for kind, ground, line in (
            ("plain", t.surface, t.border),
            ("sunken", t.sunken, t.border),
            ("accent", t.accent_soft, t.accent),
            ("good", t.good_soft, t.good),
            ("warning", t.warning_soft, t.warning),
            ("bad", t.bad_soft, t.bad),
        )
    )
    field = "QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit, QTextEdit"
    focused = ", ".join(f"{each}:focus" for each in field.split(", "))
    return f"""
QWidget {{ color: {t.text}; font-size: {pixels(Type.BODY)}px; }}
QMainWindow, QDialog, QWidget[ground="window"] {{ background: {t.window}; }}
QWidget[ground="surface"] {{ background: {t.surface}; }}
QWidget[ground="sunken"] {{ background: {t.sunken}; }}
QScrollArea, QScrollArea > QWidget > QWidget[ground="none"] {{ background: transparent; border: none; }}
QLabel {{ background: transparent; }}
QLabel[role="display"] {{ font-size: {pixels(Type.DISPLAY)}px; font-weight: 600; }}
QLabel[role="heading"] {{ font-size: {pixels(Type.HEADING)}px; font-weight: 600; }}
QLabel[role="title"] {{ font-size: {pixels(Type.TITLE)}px; font-weight: 600; }}
QLabel[role="lead"] {{ font-size: {pixels(Type.LEAD)}px; }}
QLabel[role="strong"] {{ font-weight: 600; }}
QLabel[role="caption"] {{ font-size: {pixels(Type.CAPTION)}px; }}
QLabel[role="code"] {{ font-family: monospace; font-size: {pixels(Type.CAPTION)}px; background: {t.sunken};
  border-radius: {Space.XS}px; padding: {Space.S}px; }}
{tones}
{pills}
{cards}
QFrame[line="true"] {{ background: {t.border}; border: none; }}

QPushButton {{ background: {t.surface}; border: 1px solid {t.strong_border}; border-radius: 6px;
  padding: 6px {Space.M}px; min-height: 20px; font-weight: 500; }}
QPushButton:hover {{ background: {t.hover}; }}
QPushButton:pressed {{ background: {t.sunken}; }}
QPushButton:focus {{ border: 2px solid {t.focus}; padding: 5px {Space.M - 1}px; }}
QPushButton:disabled {{ color: {t.muted}; border-color: {t.border}; background: {t.window}; }}
QPushButton[kind="primary"] {{ background: {t.accent}; color: {t.on_accent}; border-color: {t.accent};
  font-weight: 600; padding: 6px {Space.L}px; }}
QPushButton[kind="primary"]:hover {{ background: {t.accent_hover}; }}
QPushButton[kind="primary"]:focus {{ border: 2px solid {t.text}; padding: 5px {Space.L - 1}px; }}
QPushButton[kind="primary"]:disabled {{ background: {t.sunken}; color: {t.muted}; border-color: {t.border}; }}
QPushButton[kind="danger"] {{ color: {t.bad}; border-color: {t.bad}; }}
QPushButton[kind="danger"]:disabled {{ color: {t.muted}; border-color: {t.border}; }}
QPushButton[kind="danger"]:hover {{ background: {t.bad_soft}; }}
QPushButton[kind="quiet"] {{ background: transparent; border-color: transparent; }}
QPushButton[kind="quiet"]::menu-indicator {{ image: none; width: 0; }}
QPushButton[kind="quiet"]:hover {{ background: {t.hover}; }}
QPushButton[kind="quiet"]:focus {{ border: 2px solid {t.focus}; }}
QPushButton[kind="link"] {{ background: transparent; border: 1px solid transparent; color: {t.accent};
  padding: 2px {Space.XS}px; text-align: left; }}
QPushButton[kind="link"]:hover {{ text-decoration: underline; }}
QPushButton[kind="link"]:focus {{ border: 2px solid {t.focus}; padding: 1px 3px; }}
QPushButton[kind="row"] {{ background: transparent; border: 1px solid transparent; text-align: left;
  padding: {Space.S}px {Space.M}px; border-radius: 6px; }}
QPushButton[kind="row"]:hover {{ background: {t.hover}; }}
QPushButton[kind="row"]:focus {{ border: 2px solid {t.focus}; padding: {Space.S - 1}px {Space.M - 1}px; }}
QPushButton[kind="row"]:checked {{ background: {t.accent_soft}; color: {t.accent}; font-weight: 600; }}
QPushButton[kind="segment"] {{ background: transparent; border: 1px solid transparent; font-weight: 400;
  padding: {Space.XS}px {Space.M}px; }}
QPushButton[kind="segment"]:hover {{ background: {t.hover}; }}
QPushButton[kind="segment"]:checked {{ background: {t.accent_soft}; color: {t.accent};
  border-color: {t.accent}; }}
QPushButton[kind="segment"]:focus {{ border: 2px solid {t.focus}; padding: 3px {Space.M - 1}px; }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 5px; }}
QToolButton:hover {{ background: {t.hover}; }}
QToolButton:focus {{ border: 2px solid {t.focus}; padding: 4px; }}

QPushButton[kind="choice"] {{ background: {t.surface}; border: 1px solid {t.border};
  border-radius: {RADIUS}px; text-align: left; padding: 0; }}
QPushButton[kind="choice"]:hover {{ border-color: {t.strong_border}; }}
QPushButton[kind="choice"]:checked {{ background: {t.accent_soft}; border-color: {t.accent}; }}
QPushButton[kind="choice"]:focus {{ border: 2px solid {t.text}; }}
QFrame[mark] {{ background: {t.surface}; border: 1px solid {t.strong_border}; border-radius: 4px;
  min-width: 16px; max-width: 16px; min-height: 16px; max-height: 16px; }}
QFrame[mark="check-on"] {{ background: {t.accent}; border-color: {t.accent}; border-image: url({check}); }}
QFrame[mark="radio-off"] {{ border-radius: 9px; }}
QFrame[mark="radio-on"] {{ border: 5px solid {t.accent}; border-radius: 9px; min-width: 8px; max-width: 8px;
  min-height: 8px; max-height: 8px; }}

{field} {{ background: {t.surface}; border: 1px solid {t.strong_border}; border-radius: 6px;
  padding: 5px {Space.S}px; min-height: 20px; selection-background-color: {t.accent};
  selection-color: {t.on_accent}; }}
{focused} {{ border: 2px solid {t.focus}; padding: 4px {Space.S - 1}px; }}
QAbstractSpinBox QLineEdit {{ border: none; padding: 0; min-height: 0; background: transparent; }}
QSpinBox, QDoubleSpinBox {{ padding: 5px 22px 5px {Space.S}px; }}
QSpinBox:focus, QDoubleSpinBox:focus {{ padding: 4px 21px 4px {Space.S - 1}px; }}
QSpinBox::up-button, QDoubleSpinBox::up-button {{ subcontrol-position: top right; width: 20px;
  border: none; }}
QSpinBox::down-button, QDoubleSpinBox::down-button {{ subcontrol-position: bottom right; width: 20px;
  border: none; }}
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow {{ image: url({arrow_up}); width: 10px; height: 10px; }}
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow {{ image: url({arrow_down}); width: 10px; height: 10px; }}
QComboBox {{ padding-right: 24px; combobox-popup: 0; }}
QComboBox::drop-down {{ border: none; width: 24px; }}
QComboBox::down-arrow {{ image: url({arrow_down}); width: 10px; height: 10px; }}
QComboBox QAbstractItemView, QComboBox QAbstractItemView:focus {{ border: 1px solid {t.strong_border}; border-radius: 0;
  selection-background-color: {t.accent_soft}; selection-color: {t.text}; }}

QCheckBox, QRadioButton {{ spacing: {Space.S}px; padding: 2px; border: 2px solid transparent;
  border-radius: {Space.XS}px; background: transparent; }}
QCheckBox:focus, QRadioButton:focus {{ border-color: {t.focus}; }}
QCheckBox:disabled, QRadioButton:disabled {{ color: {t.muted}; }}
QCheckBox::indicator, QRadioButton::indicator, QListView::indicator {{ width: 16px; height: 16px;
  background: {t.surface}; border: 1px solid {t.strong_border}; border-radius: 4px; }}
QRadioButton::indicator {{ border-radius: 9px; }}
QCheckBox::indicator:checked, QListView::indicator:checked {{ background: {t.accent};
  border-color: {t.accent}; image: url({check}); }}
QRadioButton::indicator:checked {{ background: {t.surface}; border: 5px solid {t.accent}; width: 8px;
  height: 8px; }}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{ border-color: {t.border}; }}

QSlider {{ min-height: 26px; background: transparent; border: 2px solid transparent; border-radius: 6px; }}
QSlider:focus {{ border-color: {t.focus}; }}
QSlider::groove:horizontal {{ height: 4px; background: {t.border}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {t.accent}; border-radius: 2px; }}
QSlider[centred="true"]::sub-page:horizontal {{ background: {t.border}; }}
QSlider::handle:horizontal {{ background: {t.surface}; border: 2px solid {t.accent}; width: 14px;
  height: 14px; margin: -7px 0; border-radius: 9px; }}
QSlider::handle:horizontal:hover {{ background: {t.accent_soft}; }}

QProgressBar {{ background: {t.sunken}; border: none; border-radius: 4px; max-height: 8px; min-height: 8px; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 4px; }}

QTabWidget::pane {{ border: none; border-top: 1px solid {t.border}; }}
QTabBar {{ background: transparent; }}
QTabBar::tab {{ background: transparent; padding: {Space.S}px {Space.M}px; border: none;
  border-bottom: 2px solid transparent; color: {t.muted}; }}
QTabBar::tab:hover {{ color: {t.text}; }}
QTabBar::tab:selected {{ color: {t.accent}; border-bottom-color: {t.accent}; font-weight: 600; }}
QTabBar::tab:focus {{ background: {t.accent_soft}; }}

QAbstractItemView {{ background: {t.surface}; alternate-background-color: {t.window};
  border: 1px solid {t.border}; border-radius: 6px; gridline-color: {t.border};
  selection-background-color: {t.accent_soft}; selection-color: {t.text}; outline: none; }}
QAbstractItemView:focus {{ border: 2px solid {t.focus}; }}
QAbstractItemView::item {{ padding: {Space.XS}px {Space.S}px; }}
QAbstractItemView::item:focus {{ border: 1px solid {t.focus}; }}
QHeaderView {{ background: {t.surface}; border: none; }}
QHeaderView::section {{ background: {t.surface}; color: {t.muted}; border: none;
  border-bottom: 1px solid {t.border}; padding: 6px {Space.S}px; font-weight: 600; }}
QTableCornerButton::section {{ background: {t.surface}; border: none; }}

QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {t.strong_border}; border-radius: 3px; margin: 2px; min-height: 32px;
  min-width: 32px; }}
QScrollBar::handle:hover {{ background: {t.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QSplitter::handle {{ background: {t.border}; }}

QMenu {{ background: {t.surface}; border: 1px solid {t.border}; padding: {Space.XS}px; }}
QMenu::item {{ padding: 6px {Space.L}px; border-radius: {Space.XS}px; }}
QMenu::item:selected {{ background: {t.accent_soft}; }}
QMenu::separator {{ height: 1px; background: {t.border}; margin: {Space.XS}px; }}
QToolTip {{ background: {t.surface}; color: {t.text}; border: 1px solid {t.strong_border};
  padding: {Space.XS}px {Space.S}px; }}
QStatusBar {{ background: {t.window}; color: {t.muted}; }}
"""
