// The markdown block: the plain part of CommonMark that help texts use (headings, lists, quotes,
// fences, rules, emphasis, code, links). Anything else stays readable as the text it is.

import { el } from "./dom.js";
import { link, runs } from "./text.js";

const INLINE = new RegExp(
  [
    /`([^`]+)`/,
    /\*\*(.+?)\*\*/,
    /~~(.+?)~~/,
    /(?<![\w*])[*_](\S(?:.*?\S)?)[*_](?![\w*])/,
    /\[([^\]]+)\]\(([^()\s]+)\)/,
    /\\([\\`*_{}[\]()#+\-.!>~|])/,
  ].map(({ source }) => source).join("|"),
  "g",
);
const ITEM = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/;

export function markdown(source) {
  const lines = source.split("\n");
  const nodes = [];
  while (lines.length > 0) nodes.push(block(lines));
  return el("div", { class: "text markdown" }, nodes);
}

/** Takes the lines of one block off the front. */
function block(lines) {
  const line = lines.shift();
  if (line.trim() === "") return null;
  if (/^```/.test(line)) {
    const code = take(lines, (next) => !/^```/.test(next));
    lines.shift();
    return el("pre", {}, runs(code.join("\n"), { shortcodes: false }));
  }
  const heading = /^(#{1,6})\s+(.*)$/.exec(line);
  if (heading) return el(`h${Math.min(heading[1].length + 2, 6)}`, {}, inline(heading[2]));
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) return el("hr");
  if (/^>/.test(line)) {
    const quoted = [line, ...take(lines, (next) => /^>/.test(next))];
    return el("blockquote", {}, inline(quoted.map((text) => text.replace(/^> ?/, "")).join(" ")));
  }
  const item = ITEM.exec(line);
  if (item) {
    const items = [line, ...take(lines, (next) => ITEM.test(next))];
    const nodes = items.map((text) => el("li", {}, inline(text.replace(ITEM, "$2"))));
    return item[1] ? el("ol", { start: item[1] }, nodes) : el("ul", {}, nodes);
  }
  const ends = (next) => next.trim() === "" || /^(```|#{1,6}\s|>)/.test(next) || ITEM.test(next);
  const text = [line, ...take(lines, (next) => !ends(next))];
  return el("p", {}, text.map((words, index) => [index > 0 && el("br"), inline(words)]));
}

function take(lines, belongs) {
  const end = lines.findIndex((line) => !belongs(line));
  return lines.splice(0, end < 0 ? lines.length : end);
}

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, strong, strike, em, words, url, escaped] = match;
    nodes.push(...runs(text.slice(end, match.index)));
    if (code !== undefined) nodes.push(el("code", {}, runs(code, { shortcodes: false })));
    else if (strong !== undefined) nodes.push(el("strong", {}, inline(strong)));
    else if (strike !== undefined) nodes.push(el("s", {}, inline(strike)));
    else if (em !== undefined) nodes.push(el("em", {}, inline(em)));
    else if (url !== undefined) nodes.push(link(url, words));
    else nodes.push(escaped);
    end = match.index + whole.length;
  }
  return [...nodes, ...runs(text.slice(end))];
}
