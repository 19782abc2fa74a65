// The stack of modals of one person: the view on top is shown, in a real dialog.

import { act, read } from "./api.js";
import { renderBlocks } from "./blocks.js";
import { el, fill, focusKey, restoreFocus } from "./dom.js";
import { Surface, tellIn, wordsOf } from "./surface.js";
import { isolated, label } from "./text.js";

export class Modals {
  constructor({ dialog }) {
    this.dialog = dialog;
    /** @type {any} */
    this.view = null;
    /** @type {any} */
    this.names = null;
    this.depth = 0;
    this.drafts = new Map();
    this.print = null;
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.close();
    });
  }

  /** Shows what is on top now, unless that is shown already (what is half-typed stays). */
  async refresh(user, names) {
    this.user = user;
    const { views, errors = {}, problem = "" } = await read(`view/${user}`);
    if (user !== this.user) return;
    const top = views.at(-1);
    this.drafts = new Map([...this.drafts].filter(([id]) => views.some((view) => view.id === id)));
    if (!top) {
      this.print = null;
      this.leave();
      return;
    }
    const print = JSON.stringify([top.id, top.hash, errors, problem]);
    if (print === this.print) return;
    this.print = print;
    const another = !this.dialog.open || this.view.id !== top.id;
    this.view = top;
    this.names = names;
    this.depth = views.length;
    this.render(errors);
    tellIn(this.told, problem || null);
    if (!this.dialog.open) this.dialog.showModal();
    if (another || !this.dialog.contains(document.activeElement)) this.focusFirst();
  }

  /** Chromium gives the focus back without the caret, so that what is typed next would be lost. */
  leave() {
    if (!this.dialog.open) return;
    this.dialog.close();
    const back = /** @type {HTMLElement | null} */ (document.activeElement);
    back?.blur();
    back?.focus();
  }

  render(errors) {
    const { depth, dialog, view } = this;
    const focus = focusKey(dialog);
    this.told = el("p", { class: "told", role: "alert", hidden: true });
    const surface = this.surface();
    this.submitButton = el(
      "button",
      {
        type: "submit",
        class: "button button-primary",
        "data-testid": "modal-submit",
        hidden: !view.submit,
        disabled: !view.submit,
      },
      isolated(label(view.submit)),
    );
    const submit = (event) => {
      event.preventDefault();
      this.submit(surface);
    };
    fill(dialog, el("form", { novalidate: true, onsubmit: submit }, [
      el("header", { class: "modal-head" }, [
        el("h2", { id: "modal-title", tabindex: "-1" }, isolated(label(view.title))),
        depth > 1 && el("span", { class: "quiet" }, `view ${depth} of ${depth}`),
      ]),
      el("div", { class: "modal-body" }, renderBlocks(view.blocks, surface, errors), this.told),
      el("footer", { class: "dialog-buttons" }, this.closeButton(), this.submitButton),
    ]));
    restoreFocus(dialog, focus, null);
  }

  surface() {
    const { dialog, drafts, names, user, view } = this;
    if (!drafts.has(view.id)) drafts.set(view.id, new Map());
    const where = { user, view_id: view.id };
    return new Surface({
      names,
      values: drafts.get(view.id),
      root: () => dialog,
      tell: (words) => tellIn(this.told, words),
      post: (action) => act("view/action", { ...where, ...action }),
      ask: (question) => act("options", { ...where, ...question }),
    });
  }

  closeButton() {
    const words = label(this.view.close) || (this.view.submit ? "Cancel" : "Close");
    const attributes = { type: "button", class: "button", "data-testid": "modal-close" };
    return el("button", { ...attributes, onclick: () => this.close() }, isolated(words));
  }

  focusFirst() {
    const candidates = ["[autofocus]", ".modal-body :is(input, textarea, button, a)", "h2"];
    const [first] = candidates.map((wanted) => this.dialog.querySelector(wanted)).filter(Boolean);
    first.focus();
  }

  /** Its errors come with the reply; a problem with the app itself is read with the view. */
  async submit(surface) {
    this.submitButton.disabled = true;
    tellIn(this.told, null);
    try {
      const { errors } = await act("view/submit", { user: this.user, values: surface.state() });
      if (errors) return this.refuse(errors);
      this.print = null;
      await this.refresh(this.user, this.names);
    } catch (error) {
      tellIn(this.told, wordsOf(error));
    } finally {
      this.submitButton.disabled = !this.view.submit;
    }
    return undefined;
  }

  /** Shows each error at its field and takes the reader to the first. */
  refuse(errors) {
    this.render(errors);
    this.dialog.querySelector(".has-error :is(input, textarea)")?.focus();
  }

  async close() {
    try {
      await act("view/close", { user: this.user });
      await this.refresh(this.user, this.names);
    } catch (error) {
      tellIn(this.told, wordsOf(error));
    }
  }
}
