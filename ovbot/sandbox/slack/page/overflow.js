// The overflow menu: a button that opens a list of further actions.
// https://www.w3.org/WAI/ARIA/apg/patterns/menu-button/

import { el } from "./dom.js";
import { renderText } from "./mrkdwn.js";
import { follow } from "./popup.js";
import { isolated, label, linkAttributes } from "./text.js";

export function overflow(made) {
  const name = called(made);
  const menu = el("div", { class: "popup menu", role: "menu", popover: "auto", "aria-label": name });
  const button = el(
    "button",
    {
      ...made.hooks(),
      type: "button",
      class: "button button-overflow",
      "aria-label": name,
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
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    items.at(to % items.length).focus();
    event.preventDefault();
  });
  return el("span", {}, button, menu);
}

/** Several menus of a message are told apart by what they stand beside: its first line. */
function called({ block, surface }) {
  if (block.type !== "section" || !block.text) return "More actions";
  const [line] = block.text.text.split("\n");
  return `More actions: ${renderText({ ...block.text, text: line }, surface.names).textContent.trim()}`;
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
