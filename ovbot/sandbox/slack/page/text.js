// The smallest pieces of foreign text: plain runs, mentions, links and dates. A right-to-left name
// must not disturb what stands beside it, so each run is isolated, and the control characters that
// would override the direction are shown by their code instead of being obeyed.

import { el } from "./dom.js";
import { emoji } from "./emoji.js";
import { dateFormat, full } from "./time.js";

const RTL = "\\p{Script=Arabic}\\p{Script=Hebrew}\\p{Script=Syriac}\\p{Script=Thaana}\\p{Script=Nko}";
const RTL_RUN = `[${RTL}](?:[^\\p{L}\n\u202a-\u202e]*[${RTL}])*`;
const SPECIAL = new RegExp(`:([a-z0-9_+-]+):|([\u202a-\u202e])|(${RTL_RUN})`, "gu");
const SAFE_LINK = /^(https?:\/\/|mailto:)/i;
const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };

/** The three entities of message text, each undone once. */
export function unescape(text) {
  return text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity]);
}

/** Literal text as nodes: emoji shortcodes replaced, direction overrides made visible. */
export function runs(text, { shortcodes = true } = {}) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(SPECIAL)) {
    const [whole, name, override, rightToLeft] = match;
    const node = piece({ name: shortcodes && name, override, rightToLeft });
    if (!node) continue;
    nodes.push(text.slice(end, match.index), node);
    end = match.index + whole.length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}

function piece({ name, override, rightToLeft }) {
  if (override) return overrideMark(override);
  if (rightToLeft) return el("span", { class: "rtl" }, rightToLeft);
  return name ? emojiNode(name) : null;
}

/** Literal text in an isolated run of its own. */
export function isolated(text, options) {
  return el("bdi", {}, runs(text, options));
}

/** A text object that is a label: plain text, entities undone. */
export function label(textObject) {
  return unescape(textObject?.text ?? "");
}

export function emojiNode(name) {
  const character = emoji(name);
  if (!character) return null;
  return el("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " ") }, character);
}

/** What makes an element a link that opens beside the page, or null for a scheme that may not. */
export function linkAttributes(url) {
  return SAFE_LINK.test(url ?? "") ? { href: url, target: "_blank", rel: "noopener noreferrer" } : null;
}

/** A link, if its scheme is harmless; else its text, so that it is seen and cannot be followed. */
export function link(url, text) {
  const words = isolated(text || url, { shortcodes: Boolean(text) });
  const attributes = linkAttributes(url);
  if (!attributes) return el("span", { class: "dead-link", title: "Not a web or mail address" }, words);
  return el("a", { ...attributes, title: url }, words);
}

export function userMention(id, names, given) {
  const style = id === names.reader ? "mention mention-me" : "mention";
  return mention(`@${names.user(id) ?? given ?? id}`, id, style);
}

export function channelMention(id, names, given) {
  return mention(`#${names.channel(id) ?? given ?? id}`, id, "mention");
}

/** @channel, @here, @everyone: loud, so that one slipped in by a hostile name cannot be missed. */
export function broadcast(range) {
  return mention(`@${range}`, `mentions everybody (${range})`, "mention mention-all");
}

export function date(seconds, format, url, fallback) {
  const moment = new Date(Number(seconds) * 1000);
  if (Number.isNaN(moment.getTime())) return isolated(fallback);
  const words = dateFormat(moment, format);
  const time = el("time", { datetime: moment.toISOString(), title: full(moment) }, words);
  const attributes = linkAttributes(url);
  return attributes ? el("a", attributes, time) : time;
}

function mention(text, title, style) {
  return el("bdi", { class: style, title }, runs(text, { shortcodes: false }));
}

function overrideMark(character) {
  const code = `U+${character.codePointAt(0).toString(16).toUpperCase()}`;
  const title = "a direction override, shown instead of obeyed";
  return el("span", { class: "control-mark", title }, code);
}
