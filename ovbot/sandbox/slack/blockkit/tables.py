"""Tables and charts.

Limits from the platform's reference, "Table block", "Data table block" and "Data visualization
block"; where its snapshots disagree the smaller one is taken.
"""

from ovbot.sandbox.slack.blockkit import rich_text
from ovbot.sandbox.slack.blockkit.blocks import members_of
from ovbot.sandbox.slack.blockkit.place import Members, Place

_CELL_CHARACTERS = 10_000
_CARTESIAN = ("area", "bar", "line")


def table(block: Place) -> None:
    """Up to 100 rows of up to 20 cells, 10 000 characters in all."""
    members = members_of(block, "rows", "column_settings")
    if "rows" in members:
        for row in members["rows"].items(100):
            for cell in row.items(20):
                _cell(cell, ("raw_text", "rich_text"), least=0)
        _cells_in_all(members["rows"])
    if "column_settings" in members:
        for setting in members["column_settings"].items(20, 0):
            if setting.value is not None:
                found = setting.members((), ("align", "is_wrapped"))
                found.check("align", Place.one_of, "left", "center", "right")
                found.check("is_wrapped", Place.boolean)


def data_table(block: Place) -> None:
    """A header row and up to 100 rows below it, as wide as the header, up to 20 cells."""
    members = members_of(block, "rows caption", "page_size row_header_column_index")
    members.check("caption", Place.string)
    members.check("page_size", Place.integer, 1, 100)
    if "rows" not in members:
        return
    rows = members["rows"].items(101, 2)
    width = len(rows[0].value) if rows and isinstance(rows[0].value, list) else 0
    for index, row in enumerate(rows):
        cells = row.items(20)
        if cells and len(cells) != width:
            row.wrong("must have as many cells as the first row")
        header = index == 0
        for cell in cells:
            _cell(cell, ("raw_number", "raw_text", *(() if header else ("rich_text",))), least=1)
    members.check("row_header_column_index", Place.integer, 0, max(width - 1, 0))
    _cells_in_all(members["rows"])


def _cell(cell: Place, kinds: tuple[str, ...], least: int) -> None:
    kind = cell.kind(kinds)
    if kind == "raw_text":
        cell.members(("type", "text")).check("text", Place.string, None, least)
    elif kind == "raw_number":
        members = cell.members(("type", "value"), ("text",))
        members.check("value", Place.number)
        members.check("text", Place.string)
    elif kind == "rich_text":
        rich_text.rich_text(cell)


def _cells_in_all(rows: Place) -> None:
    if _characters(rows.value) > _CELL_CHARACTERS:
        rows.wrong(f"all cells together must be less than {_CELL_CHARACTERS + 1} characters")


def _characters(value: object) -> int:
    """Characters in everything called ``text`` below `value`."""
    if isinstance(value, list):
        return sum(_characters(item) for item in value)
    if isinstance(value, dict):
        own = value.get("text")
        inner = sum(_characters(item) for name, item in value.items() if name != "text")
        return inner + (len(own) if isinstance(own, str) else 0)
    return 0


def data_visualization(block: Place) -> None:
    """A line, bar, area or pie chart under a title of 50 characters."""
    members = members_of(block, "title chart")
    members.check("title", Place.string, 50)
    if "chart" not in members:
        return
    chart = members["chart"]
    kind = chart.kind((*_CARTESIAN, "pie"))
    if kind == "pie":
        found = chart.members(("type", "segments"))
        if "segments" in found:
            for item in found["segments"].items(6):
                _point(item, above_zero=True)
    elif kind is not None:
        found = chart.members(("type", "series", "axis_config"))
        found.check("axis_config", _axes)
        _series(found)


def _axes(place: Place) -> None:
    members = place.members(("categories",), ("x_label", "y_label"))
    members.check("x_label", Place.string, 50, 0)
    members.check("y_label", Place.string, 50, 0)
    if "categories" in members:
        for item in members["categories"].items(20):
            item.string(20)


def _series(chart: Members) -> None:
    if "series" not in chart:
        return
    axes = chart["axis_config"].value if "axis_config" in chart else None
    categories = axes.get("categories") if isinstance(axes, dict) else None
    names: set[object] = set()
    for series in chart["series"].items(6):
        members = series.members(("name", "data"))
        members.check("name", Place.string, 20)
        if "name" in members and isinstance(members["name"].value, str):
            if members["name"].value in names:
                members["name"].wrong("must be unique within the chart")
            names.add(members["name"].value)
        if "data" in members:
            points = members["data"].items(20)
            for point in points:
                _point(point)
            labels = [p.value.get("label") for p in points if isinstance(p.value, dict)]
            if isinstance(categories, list) and labels != categories:
                members["data"].wrong("must have one point for each category, in order")


def _point(place: Place, *, above_zero: bool = False) -> None:
    members = place.members(("label", "value"))
    members.check("label", Place.string, 20)
    members.check("value", Place.number)
    if above_zero and "value" in members:
        value = members["value"].value
        if isinstance(value, int | float) and value <= 0:
            members["value"].wrong("must be greater than 0")
