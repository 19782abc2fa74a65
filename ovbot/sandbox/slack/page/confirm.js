// The question asked before something happens: an element's `confirm` object, or the page's own.

import { el } from "./dom.js";
import { renderText } from "./mrkdwn.js";
import { label } from "./text.js";

/** Shows a confirm object as a dialog; resolves to whether it was accepted. Escape is a no. */
export function confirm(question, names) {
  const danger = question.style === "danger";
  const accept = el(
    "button",
    {
      class: `button ${danger ? "button-danger" : "button-primary"}`,
      "data-testid": "confirm-accept",
      value: "accept",
      autofocus: !danger,
    },
    label(question.confirm) || "Yes",
  );
  const deny = el(
    "button",
    { class: "button", "data-testid": "confirm-deny", value: "deny", autofocus: danger },
    label(question.deny) || "Cancel",
  );
  const dialog = el(
    "dialog",
    {
      class: "dialog confirm",
      "data-testid": "confirm-dialog",
      "aria-labelledby": "confirm-title",
      "aria-describedby": "confirm-text",
    },
    el("form", { method: "dialog" }, [
      el("h2", { id: "confirm-title" }, label(question.title) || "Are you sure?"),
      el("div", { id: "confirm-text", class: "confirm-text" }, renderText(question.text, names)),
      el("footer", { class: "dialog-buttons" }, deny, accept),
    ]),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "accept");
    });
  });
}
