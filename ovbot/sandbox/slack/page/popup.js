// Where a menu or a list of options opens: in the top layer, so no scrolling pane can clip it.

const MARGIN = 8;
const HIGHEST = 320;

/** Puts an open popover under its anchor, or above it where there is more room. */
function place(anchor, popup) {
  const box = anchor.getBoundingClientRect();
  const below = window.innerHeight - box.bottom - MARGIN;
  const above = box.top - MARGIN;
  popup.style.maxHeight = `${HIGHEST}px`;
  const upwards = below < popup.offsetHeight && above > below;
  popup.style.maxHeight = `${Math.min(HIGHEST, Math.max(120, upwards ? above : below))}px`;
  popup.style.minWidth = `${Math.min(box.width, window.innerWidth - 2 * MARGIN)}px`;
  const left = Math.min(box.left, window.innerWidth - popup.offsetWidth - MARGIN);
  popup.style.left = `${Math.max(MARGIN, left)}px`;
  popup.style.top = `${upwards ? box.top - popup.offsetHeight - 4 : box.bottom + 4}px`;
}

/** Keeps it there while its content changes, anything scrolls or the window is resized. */
export function follow(anchor, popup) {
  const again = () => place(anchor, popup);
  again();
  document.addEventListener("scroll", again, { capture: true, passive: true });
  window.addEventListener("resize", again);
  return {
    again,
    stop() {
      document.removeEventListener("scroll", again, { capture: true });
      window.removeEventListener("resize", again);
    },
  };
}
