"""The user's own data in words: what a report may know of it, and what only its owner is shown."""

from advisor.i18n import translator
from advisor.report import format as fmt
from advisor.report.wording.own import shape
from advisor.workloads.datasets import DataSet, Kind, OwnData

_NAME = 40


def described(data: DataSet, language: str) -> str:
    """Return what a data set is: "2,000 images in 2 classes, 31 MiB"."""
    translations = translator(language)
    _ = translations.gettext
    items = {
        Kind.IMAGES: translations.ngettext("{count} image", "{count} images", data.items),
        Kind.TEXT: translations.ngettext("{count} text", "{count} texts", data.items),
        Kind.TABLE: translations.ngettext("{count} record", "{count} records", data.items),
        Kind.ARRAYS: translations.ngettext("{count} array", "{count} arrays", data.items),
    }[data.kind].format(count=fmt.whole(data.items))
    if data.kind is Kind.TABLE and data.shape:
        numbers = translations.ngettext(
            "{items} of {count} number", "{items} of {count} numbers", data.shape[0]
        )
        items = numbers.format(items=items, count=fmt.whole(data.shape[0]))
    if data.kind is Kind.ARRAYS:
        items = _("{items} of {shape} ({dtype})").format(
            items=items, shape=shape(data.shape), dtype=data.dtype
        )
    if data.classes:
        within = translations.ngettext("{items} in {count} class", "{items} in {count} classes", data.classes)
        items = within.format(items=items, count=fmt.whole(data.classes))
    size = fmt.size(data.bytes)
    if data.cut:
        return _("{items}, the first {size} of a longer file").format(items=items, size=size)
    return _("{items}, {size}").format(items=items, size=size)


def found(data: OwnData, language: str) -> list[list[str]]:
    """Return what was found, label and text, for its owner's eyes: names are in it."""
    _ = translator(language).gettext
    seen, description = data.seen, data.description
    rows = [[_("Data"), described(description, language)]]
    if seen.inputs:
        label = _("Text from") if description.kind is Kind.TEXT else _("Read from")
        more = len(data.reading.inputs) > len(seen.inputs)
        rows.append([label, _listed(seen.inputs, language, more=more)])
    if seen.label:
        rows.append([_("Classes from"), seen.label])
    if seen.classes:
        more = description.classes > len(seen.classes)
        rows.append([_("Classes"), _listed(seen.classes, language, more=more)])
    if seen.smallest and seen.largest:
        sizes = [shape(each) for each in dict.fromkeys((seen.smallest, seen.largest))]
        rows.append([_("Rows × columns"), " – ".join(sizes)])
    if seen.damaged:
        rows.append(
            [
                _("Damaged"),
                _(
                    "{count} of {looked_at} that were looked at are no whole images; a loader may stop there"
                ).format(count=fmt.whole(seen.damaged), looked_at=fmt.whole(seen.looked_at)),
            ]
        )
    return rows


def _listed(names: tuple[str, ...], language: str, *, more: bool) -> str:
    listed = [each if len(each) <= _NAME else f"{each[: _NAME - 1]}…" for each in names]
    return translator(language).gettext(", ").join([*listed, "…"] if more else listed)
