"""Which words on a page cannot be read whole, in the browser's own measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

# Each visible text against every box around it that clips, and against the window's width: what
# shows but in part is cut. What lies wholly outside is hidden on purpose, or is scrolled to.
CUT = """() => {
    const found = [];
    const parents = function* (element) {
        for (let e = element; e; e = e.parentElement) {
            if (getComputedStyle(e).overflow !== "visible") yield e;
        }
    };
    for (const element of document.body.querySelectorAll("*")) {
        if (!element.checkVisibility() || element.closest(".visually-hidden, select")) continue;
        for (const node of element.childNodes) {
            if (node.nodeType !== Node.TEXT_NODE || !node.textContent.trim()) continue;
            const range = document.createRange();
            range.selectNodeContents(node);
            for (const text of range.getClientRects()) {
                const inWindow = text.left > -1 && text.right < innerWidth + 1;
                const whole = [...parents(element)].every((box) => {
                    const { left, right, top, bottom } = box.getBoundingClientRect();
                    if (text.top >= bottom - 1 || text.bottom <= top + 1) return true;
                    const scrolls = getComputedStyle(box).overflowY === "auto";
                    const high = scrolls || (text.top > top - 2 && text.bottom < bottom + 2);
                    return text.left > left - 1 && text.right < right + 1 && high;
                });
                if (!inWindow || !whole) found.push(node.textContent.trim());
            }
        }
    }
    return found;
}"""


def cut(page: Page) -> list[str]:
    """The texts that are cut; of a page that is wider than the window, which it is."""
    width = page.evaluate("[innerWidth, document.documentElement.scrollWidth]")
    assert page.viewport_size is not None
    # a phone's window becomes as wide as what sticks out
    wide = [f"{width} px"] if max(width) > page.viewport_size["width"] else []
    texts: list[str] = page.evaluate(CUT)
    return wide + texts
