"""Two ways to use a page: a mouse on a desk, or nothing but keys on a narrow screen."""

from typing import Protocol

from playwright.sync_api import Locator, Page, expect

FAR = 60
"""Presses of Tab that a person would still have the patience for."""
_WHERE = """node => {
  const focused = document.activeElement ?? document.body;
  if (focused === node) return "here";
  const before = focused.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_PRECEDING;
  // What is above the messages is nearer by going on past the end of the page.
  return before && node.closest("#messages, dialog") ? "before" : "after";
}"""


class Hand(Protocol):
    """How somebody types, presses and gets about. ``page`` is for looking only."""

    page: Page
    size: tuple[int, int]

    def press(self, control: Locator) -> None:
        """Press a button or follow a link."""

    def tick(self, box: Locator) -> None:
        """Tick a box, or untick it."""

    def write(self, text: str, field: Locator) -> None:
        """Fill a field with a text."""

    def go(self, place: str) -> None:
        """Turn to a channel, or to App Home, by its name."""


class Mouse:
    """A mouse and a wide screen."""

    size = (1280, 800)

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, control: Locator) -> None:
        control.click()

    def tick(self, box: Locator) -> None:
        box.click()

    def write(self, text: str, field: Locator) -> None:
        field.click()
        field.fill(text)

    def go(self, place: str) -> None:
        self.page.get_by_role("link", name=place).click()


class Keys:
    """Nothing but keys, on a screen as narrow as a phone's."""

    size = (390, 844)

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, control: Locator) -> None:
        self._reach(control)
        self.page.keyboard.press("Enter")

    def tick(self, box: Locator) -> None:
        self._reach(box)
        self.page.keyboard.press("Space")

    def write(self, text: str, field: Locator) -> None:
        self._reach(field)
        self.page.keyboard.type(text)

    def go(self, place: str) -> None:
        self.press(self.page.get_by_role("button", name="Channels", exact=True))
        self.press(self.page.get_by_role("link", name=place))

    def _reach(self, control: Locator) -> None:
        """Press Tab, forwards or backwards, until it has the focus; that must show."""
        expect(control).to_be_visible()
        for _ in range(FAR):
            where = control.evaluate(_WHERE)
            if where == "here":
                style = "node => getComputedStyle(node).outlineStyle"
                assert control.evaluate(style) != "none", "the focus cannot be seen"
                return
            self.page.keyboard.press("Shift+Tab" if where == "before" else "Tab")
        raise AssertionError(f"{FAR} times Tab never reached {control}")
