// The interactive elements of Block Kit, each as the plainest control of the page that does it.
// https://docs.slack.dev/reference/block-kit/block-elements

import { el, uniqueId } from "./dom.js";
import { Element } from "./element.js";
import { renderText } from "./mrkdwn.js";
import { overflow } from "./overflow.js";
import { isSelect, select } from "./selects.js";
import { isolated, label, linkAttributes } from "./text.js";

const RENDER = { button, workflow_button: button, overflow, checkboxes: choices, radio_buttons: choices };
const STYLES = { primary: "button button-primary", danger: "button button-danger" };

/** The elements whose value is typed: the field's type, the state's key and the initial value's. */
const TYPED = {
  plain_text_input: ["text", "value", "initial_value"],
  email_text_input: ["email", "value", "initial_value"],
  url_text_input: ["url", "value", "initial_value"],
  number_input: ["number", "value", "initial_value"],
  datepicker: ["date", "selected_date", "initial_date"],
  timepicker: ["time", "selected_time", "initial_time"],
  datetimepicker: ["datetime-local", "selected_date_time", "initial_date_time"],
};

/** An element as a node; see Element for what `surface` and `field` are. */
export function renderElement(element, block, surface, field = { sends: true }) {
  const { type } = element;
  const made = new Element(element, block, surface, field);
  if (Object.hasOwn(RENDER, type)) return RENDER[type](made);
  if (Object.hasOwn(TYPED, type)) return typed(made);
  if (isSelect(type)) return select(made);
  return el("span", { class: "unsupported" }, `unsupported element: ${type}`);
}

/** A spoken label that lacks the visible words would mislead, so it then only describes. */
function button(made) {
  const { element } = made;
  const words = label(element.text);
  const spoken = element.accessibility_label;
  const names = spoken?.toLowerCase().includes(words.toLowerCase());
  const link = linkAttributes(element.url);
  const node = el(
    link ? "a" : "button",
    {
      ...made.hooks(element.value),
      ...(link ?? { type: "button" }),
      class: STYLES[element.style] ?? "button",
      "aria-label": names ? spoken : null,
      "aria-description": names ? null : spoken,
      onclick: () => made.press(node, element.value),
    },
    isolated(words),
  );
  return node;
}

function choices(made) {
  const { element, field, surface } = made;
  const several = element.type === "checkboxes";
  const key = several ? "selected_options" : "selected_option";
  const initial = several ? (element.initial_options ?? []) : (element.initial_option ?? null);
  const type = several ? "checkbox" : "radio";
  const name = uniqueId("choices");
  const boxes = element.options.map(({ value }) => el("input", { ...made.hooks(value), type, name, value }));
  const show = () => {
    const held = [made.kept(key, initial)].flat().filter(Boolean).map(({ value }) => value);
    for (const box of boxes) box.checked = held.includes(box.value);
  };
  const changed = async ({ target }) => {
    const options = element.options.filter((_, index) => boxes[index].checked);
    const values = options.map(({ value }) => value);
    const state = { [key]: several ? options : options[0] };
    if (!(await made.changed(target, state, several ? values : values[0]))) show();
  };
  show();
  const rows = element.options.map(({ text, description }, index) =>
    el("label", { class: "choice" }, boxes[index], el("span", {}, [
      renderText(text, surface.names),
      description && el("small", {}, renderText(description, surface.names)),
    ])),
  );
  return el(
    "div",
    {
      class: "choices",
      role: several ? "group" : "radiogroup",
      "aria-labelledby": field.labelId,
      "aria-describedby": field.describedBy,
      onchange: changed,
    },
    rows,
  );
}

function typed(made) {
  const { element, field } = made;
  const [type, key, initialKey] = TYPED[element.type];
  const value = made.kept(key, element[initialKey] ?? null);
  const control = el(element.multiline ? "textarea" : "input", {
    ...made.hooks(),
    ...made.naming(),
    class: "field",
    dir: "auto",
    type: element.multiline ? null : type,
    rows: element.multiline ? 4 : null,
    placeholder: label(element.placeholder),
    minlength: element.min_length,
    maxlength: element.max_length,
    min: element.min_value,
    max: element.max_value,
    step: element.is_decimal_allowed ? "any" : null,
    oninput: () => made.keep({ [key]: entered(control) }),
  });
  control.value = type === "datetime-local" && value !== null ? localTime(value) : (value ?? "");
  if (!field.sends) return control;
  const send = () => made.changed(control, { [key]: entered(control) }, entered(control));
  if (key !== "value") control.addEventListener("change", send);
  else control.addEventListener("keydown", (event) => event.key === "Enter" && !element.multiline && send());
  return control;
}

/** What the state holds for a typed field: null when empty, seconds for a date with a time. */
function entered({ type, value }) {
  if (value === "") return null;
  return type === "datetime-local" ? Math.floor(new Date(value).getTime() / 1000) : value;
}

function localTime(seconds) {
  const date = new Date(seconds * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
