// mrkdwn, the markup of message text: fences and quotes first, then line by line the <…> tokens,
// `code` and the three emphases. https://docs.slack.dev/messaging/formatting-message-text

import { el } from "./dom.js";
import { broadcast, channelMention, date, isolated, link, runs, unescape, userMention } from "./text.js";

const EMPHASIS = { "*": "strong", _: "em", "~": "s" };
const INLINE = /`([^`\n]+)`|<([^<>\n]+)>|[*_~]/g;
const QUOTE = /^(?:&gt;|>) ?/;
const QUOTE_ALL = /^(?:&gt;|>){3} ?/;
const WORD = /[\p{L}\p{N}]/u;

/** A text object of either type as nodes. */
export function renderText(textObject, names) {
  if (textObject?.type === "mrkdwn") return mrkdwn(textObject.text, names);
  const lines = unescape(textObject?.text ?? "").split("\n");
  const options = { shortcodes: textObject?.emoji !== false };
  return el("span", { class: "text" }, breaks(lines.map((line) => runs(line, options))));
}

/** mrkdwn as one element. */
export function mrkdwn(source, names) {
  const parts = source.split("```");
  const closed = parts.length % 2 === 1 ? parts.length : parts.length - 1;
  const nodes = parts.map((part, index) => {
    if (index >= closed) return quotes(`\`\`\`${part}`, names);
    if (index % 2 === 1) return literal("pre", part.replace(/^\n|\n$/g, ""));
    return quotes(index > 0 ? part.replace(/^\n/, "") : part, names);
  });
  return el("div", { class: "text" }, nodes);
}

/** Consecutive lines that begin with ">" are one quote; ">>>" quotes everything that follows. */
function quotes(text, names) {
  if (text === "") return [];
  const nodes = [];
  const lines = text.split("\n");
  while (lines.length > 0) {
    const quoted = QUOTE.test(lines[0]);
    const rest = QUOTE_ALL.test(lines[0]);
    const end = rest ? -1 : lines.findIndex((line) => QUOTE.test(line) !== quoted);
    const taken = lines.splice(0, end < 0 ? lines.length : end);
    const bare = quoted ? taken.map((line) => line.replace(rest ? QUOTE_ALL : QUOTE, "")) : taken;
    const content = breaks(bare.map((line) => inline(line, names)));
    nodes.push(quoted ? el("blockquote", {}, content) : content);
  }
  return nodes;
}

function literal(tag, text) {
  return el(tag, {}, runs(unescape(text), { shortcodes: false }));
}

function breaks(lines) {
  return lines.flatMap((line, index) => (index > 0 ? [el("br"), ...line] : line));
}

function inline(text, names) {
  const masked = text.replace(/<[^<>]+>|`[^`]+`/g, (token) => "\u0001".repeat(token.length));
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index < end) continue;
    const [whole, code, token] = match;
    let node;
    let next = match.index + whole.length;
    if (code !== undefined) node = literal("code", code);
    else if (token !== undefined) node = angle(unescape(token), names);
    else {
      const close = closing(masked, match.index);
      if (close < 0) continue;
      node = el(EMPHASIS[whole], {}, inline(text.slice(match.index + 1, close), names));
      next = close + 1;
    }
    nodes.push(...runs(unescape(text.slice(end, match.index))), node);
    end = next;
  }
  return [...nodes, ...runs(unescape(text.slice(end)))];
}

/** Where the emphasis opened at `at` closes, or -1: marks only count at the edge of a word. */
function closing(text, at) {
  const mark = text[at];
  const before = text[at - 1] ?? " ";
  const after = text[at + 1] ?? " ";
  if (WORD.test(before) || before === mark || /\s/.test(after) || after === mark) return -1;
  for (let end = text.indexOf(mark, at + 2); end > 0; end = text.indexOf(mark, end + 1)) {
    if (!/\s/.test(text[end - 1]) && !WORD.test(text[end + 1] ?? " ")) return end;
  }
  return -1;
}

/** What stands between < and >: a mention, a date or a link. */
function angle(token, names) {
  const [target, given] = split(token, "|");
  if (/^@[UW]/.test(target)) return userMention(target.slice(1), names, given);
  if (/^#C/.test(target)) return channelMention(target.slice(1), names, given);
  if (/^!(channel|here|everyone)$/.test(target)) return broadcast(target.slice(1));
  if (target.startsWith("!subteam^")) return broadcast(given ?? target.slice(9));
  if (target.startsWith("!date^")) {
    const [, seconds, format = "", url] = target.split("^");
    return date(seconds, format, url, given ?? format);
  }
  if (/^[@#!]/.test(target)) return isolated(`<${token}>`, { shortcodes: false });
  return link(target, given);
}

function split(text, mark) {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
