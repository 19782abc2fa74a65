// A select of any kind as one combobox: a field that filters, and a list that opens under it.
// Choosing is always a separate key or click, never a mere arrow key, because in a message a
// choice sends its action at once. https://www.w3.org/WAI/ARIA/apg/patterns/combobox/

import { el, fill, uniqueId } from "./dom.js";
import { follow } from "./popup.js";
import { wordsOf } from "./surface.js";
import { isolated, label } from "./text.js";

const DEBOUNCE = 250;

export class Picker {
  /**
   * `load(query)` answers `[{label, options}]`. `onChange(options)` answers whether the choice
   * holds (a denied confirmation takes it back). `attributes` go to the field.
   */
  constructor({ attributes, multi, limit, clearable, chosen, remote, minimum, load, onChange }) {
    this.multi = multi;
    this.limit = limit;
    this.clearable = clearable;
    this.chosen = chosen;
    this.remote = remote;
    this.minimum = minimum;
    this.load = load;
    this.onChange = onChange;
    this.sent = chosen;
    this.rows = [];
    this.active = -1;
    this.request = 0;
    /** @type {any} */
    this.following = null;
    this.chips = el("span", { class: "chips" });
    this.list = el("div", {
      id: uniqueId("options"),
      class: "popup options",
      role: "listbox",
      popover: "manual",
      "aria-multiselectable": multi,
    });
    this.field = el("input", {
      ...attributes,
      type: "text",
      class: "field",
      role: "combobox",
      autocomplete: "off",
      spellcheck: "false",
      "aria-expanded": "false",
      "aria-controls": this.list.id,
      "aria-autocomplete": "list",
      onclick: () => this.open(),
      onblur: () => this.close(),
      oninput: () => this.typed(),
      onkeydown: (event) => this.key(event),
    });
    this.node = el("div", { class: "picker" }, this.chips, this.field, this.list);
    this.show();
  }

  /** The field and the chips as what is chosen says. */
  show() {
    this.field.value = this.multi || this.chosen.length === 0 ? "" : label(this.chosen[0].text);
    fill(this.chips, this.multi && this.chosen.map((option) => this.chip(option)));
    for (const { option, node } of this.rows) node.ariaSelected = String(this.has(option));
  }

  chip(option) {
    return el(
      "button",
      {
        type: "button",
        class: "chip",
        "aria-label": `Remove ${label(option.text)}`,
        onclick: () => {
          this.choose(this.chosen.filter((other) => other !== option));
          this.field.focus();
        },
      },
      isolated(label(option.text)),
      el("span", { "aria-hidden": "true" }, "×"),
    );
  }

  removeLast() {
    this.choose(this.chosen.slice(0, -1));
  }

  has(option) {
    return this.chosen.some((other) => other.value === option.value);
  }

  /** Several can be chosen while the list is open; they are sent together when it closes. */
  choose(options) {
    this.chosen = options;
    this.show();
    if (!this.following) this.send();
  }

  async send() {
    const values = (options) => JSON.stringify(options.map((option) => option.value));
    if (values(this.chosen) === values(this.sent)) return;
    const before = this.sent;
    this.sent = this.chosen;
    if (await this.onChange(this.chosen)) return;
    this.chosen = this.sent = before;
    this.show();
  }

  pick({ option }) {
    if (!this.multi) {
      this.close();
      this.choose([option]);
    } else if (this.has(option)) {
      this.choose(this.chosen.filter((other) => other.value !== option.value));
    } else if (!this.limit || this.chosen.length < this.limit) {
      this.choose([...this.chosen, option]);
    }
  }

  /** By a click or a key what is chosen is selected, to be typed over. */
  open() {
    if (this.following) return;
    if (!this.multi) this.field.select();
    this.unfold();
  }

  unfold() {
    this.list.showPopover();
    this.field.setAttribute("aria-expanded", "true");
    this.following = follow(this.field, this.list);
    this.refresh("");
  }

  close() {
    if (!this.following) return;
    this.following.stop();
    /** @type {any} */
    this.following = null;
    clearTimeout(this.timer);
    this.list.hidePopover();
    this.field.setAttribute("aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
    const emptied = !this.multi && this.clearable && this.field.value === "" && this.chosen.length > 0;
    if (emptied) this.choose([]);
    else if (this.multi) this.choose(this.chosen);
    else this.show();
  }

  typed() {
    if (!this.following) this.unfold();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(this.field.value.trim()), this.remote ? DEBOUNCE : 0);
  }

  /** Asks for the options; an answer that a later question overtook is dropped. */
  async refresh(query) {
    this.request += 1;
    const mine = this.request;
    if (query.length < this.minimum) return this.note(`Type at least ${this.minimum} characters`);
    if (this.remote && this.rows.length === 0) this.note("Loading…");
    try {
      const groups = await this.load(query);
      if (mine === this.request && this.following) this.offer(groups);
    } catch (error) {
      if (mine === this.request && this.following) this.note(wordsOf(error));
    }
    return undefined;
  }

  offer(groups) {
    this.rows = [];
    const nodes = groups.map(({ label: heading, options }) =>
      el("div", { role: "group", "aria-label": heading }, [
        heading && el("div", { class: "option-group" }, isolated(heading)),
        options.map((option) => this.row(option)),
      ]),
    );
    if (this.rows.length === 0) return this.note("Nothing found");
    fill(this.list, nodes);
    this.activate(0);
    return this.following.again();
  }

  row(option) {
    const node = el(
      "div",
      {
        id: uniqueId("option"),
        class: "option",
        role: "option",
        "data-value": option.value,
        "aria-selected": String(this.has(option)),
        onpointerdown: (event) => event.preventDefault(),
        onclick: () => this.pick({ option }),
      },
      isolated(label(option.text)),
      option.description && el("small", {}, isolated(label(option.description))),
    );
    this.rows.push({ option, node });
    return node;
  }

  note(words) {
    this.rows = [];
    fill(this.list, el("div", { class: "option-note", role: "status" }, words));
    this.following?.again();
  }

  activate(index) {
    this.rows[this.active]?.node.classList.remove("active");
    this.active = (index + this.rows.length) % this.rows.length;
    const { node } = this.rows[this.active];
    node.classList.add("active");
    node.scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", node.id);
  }

  key(event) {
    const { key } = event;
    const opening = ["ArrowDown", "ArrowUp", "Enter"].includes(key);
    if (!this.following) {
      if (opening) this.open();
      else if (key === "Backspace" && this.multi && this.field.value === "") this.removeLast();
      if (!opening) return;
    } else if (key === "Escape") {
      this.close();
    } else if (!opening) {
      return;
    } else if (this.rows.length > 0) {
      if (key === "Enter") this.pick(this.rows[this.active]);
      else this.activate(this.active + (key === "ArrowDown" ? 1 : -1));
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
