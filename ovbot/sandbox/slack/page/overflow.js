// The overflow menu: a button that opens a list of further actions.
// https://www.w3.org/WAI/ARIA/apg/patterns/menu-button/

import { el } from "./dom.js";
import { follow } from "./popup.js";
import { isolated, label, linkAttributes } from "./text.js";

const NAME = "More actions";

export function overflow(made) {
  const menu = el("div", { class: "popup menu", role: "menu", popover: "auto", "aria-label": NAME });
  const button = el(
    "button",
    {
      ...made.hooks(),
      type: "button",
      class: "button button-overflow",
      "aria-label": NAME,
      "aria-haspopup": "menu",
      "aria-expanded": "false",
    },
    "⋯",
  );
  const items = made.element.options.map((option) =>
    item(option, () => {
      menu.hidePopover();
      button.focus();
      made.press(button, option.value);
    }),
  );
  menu.append(...items);
  button.popoverTargetElement = menu;
  let following;
  menu.addEventListener("toggle", ({ newState }) => {
    button.setAttribute("aria-expanded", String(newState === "open"));
    following?.stop();
    following = newState === "open" ? follow(button, menu) : null;
    if (following) items[0].focus();
  });
  menu.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const next = items.indexOf(document.activeElement) + step;
    items[(next + items.length) % items.length].focus();
    event.preventDefault();
  });
  return el("span", {}, button, menu);
}

function item(option, onclick) {
  const link = linkAttributes(option.url);
  const description = option.description && el("small", {}, isolated(label(option.description)));
  return el(
    link ? "a" : "button",
    { ...(link ?? { type: "button" }), class: "menu-item", role: "menuitem", "data-value": option.value, onclick },
    isolated(label(option.text)),
    description,
  );
}
