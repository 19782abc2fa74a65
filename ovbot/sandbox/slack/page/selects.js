// The selects, single and multi, of options, people, conversations, channels, or what the app offers.

import { Picker } from "./picker.js";
import { label } from "./text.js";

/** What each chooses among, and what the state calls the choice. */
const SELECTS = {
  static_select: ["option", "selected_option"],
  external_select: ["external", "selected_option"],
  users_select: ["user", "selected_user"],
  conversations_select: ["channel", "selected_conversation"],
  channels_select: ["channel", "selected_channel"],
  multi_static_select: ["option", "selected_options"],
  multi_external_select: ["external", "selected_options"],
  multi_users_select: ["user", "selected_users"],
  multi_conversations_select: ["channel", "selected_conversations"],
  multi_channels_select: ["channel", "selected_channels"],
};

/** How much must be typed before an external select asks the app, unless it says otherwise. */
const MINIMUM = 3;

export function isSelect(type) {
  return Object.hasOwn(SELECTS, type);
}

export function select(made) {
  const { element, surface, field } = made;
  const [source, key] = SELECTS[element.type];
  const multi = element.type.startsWith("multi_");
  const byId = source === "user" || source === "channel";
  const asOption = (value) => (byId ? named(source, value, surface.names) : value);
  const asValue = (option) => (byId ? option.value : option);
  const initial = element[key.replace("selected", "initial")] ?? (multi ? [] : null);
  const kept = made.kept(key, initial);
  const placeholder = label(element.placeholder) || "Choose…";
  const picker = new Picker({
    attributes: { ...made.hooks(), ...made.naming(), placeholder },
    multi,
    limit: element.max_selected_items,
    clearable: !field.sends,
    chosen: (multi ? kept : [kept]).filter(Boolean).map(asOption),
    remote: source === "external",
    minimum: source === "external" ? (element.min_query_length ?? MINIMUM) : 0,
    load: async (query) => {
      if (source === "external") return grouped(await surface.query({ block: made.block, element, query }));
      return filtered(byId ? everybody(source, surface.names) : grouped(element), query);
    },
    onChange: (options) => {
      const values = options.map((option) => option.value);
      const held = multi ? options.map(asValue) : options.length > 0 ? asValue(options[0]) : null;
      return made.changed(picker.field, { [key]: held }, multi ? values : values[0]);
    },
  });
  return picker.node;
}

function named(source, id, names) {
  const name = source === "user" ? names.user(id) : `#${names.channel(id) ?? id}`;
  return { text: { text: name ?? id }, value: id };
}

function everybody(source, names) {
  const ids = source === "user" ? names.users() : names.channels();
  return [{ options: ids.map((id) => named(source, id, names)) }];
}

function grouped({ option_groups: groups, options }) {
  if (!(groups?.length > 0)) return [{ options: options ?? [] }];
  return groups.map((group) => ({ label: label(group.label), options: group.options }));
}

function filtered(groups, query) {
  const fits = (option) => label(option.text).toLowerCase().includes(query.toLowerCase());
  return groups.map((group) => ({ ...group, options: group.options.filter(fits) }));
}
