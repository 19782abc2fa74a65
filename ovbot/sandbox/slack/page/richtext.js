// The rich_text block: sections, lists, code and quotes, and every element inside them.
// https://docs.slack.dev/reference/block-kit/blocks/rich-text-block

import { el } from "./dom.js";
import { broadcast, channelMention, date, emojiNode, link, runs, userMention } from "./text.js";

const STYLES = { bold: "strong", italic: "em", strike: "s", underline: "u", code: "code" };

export function richText(block, names) {
  return el("div", { class: "text rich-text" }, block.elements.map((element) => part(element, names)));
}

function part(element, names) {
  const inside = () => element.elements.flatMap((child) => inline(child, names));
  switch (element.type) {
    case "rich_text_section":
      return el("p", {}, inside());
    case "rich_text_preformatted":
      return el("pre", {}, inside());
    case "rich_text_quote":
      return el("blockquote", {}, inside());
    case "rich_text_list": {
      const tag = element.style === "ordered" ? "ol" : "ul";
      const start = element.style === "ordered" && element.offset ? element.offset + 1 : null;
      const list = el(tag, { start }, element.elements.map((item) => el("li", {}, part(item, names))));
      list.style.marginInlineStart = `${(element.indent ?? 0) * 1.5}rem`;
      return list;
    }
    default:
      return el("p", { class: "unsupported" }, `unsupported rich text: ${element.type}`);
  }
}

function inline(element, names) {
  let nodes = content(element, names);
  for (const [style, tag] of Object.entries(STYLES)) {
    if (element.style?.[style]) nodes = [el(tag, {}, nodes)];
  }
  return nodes;
}

function content(element, names) {
  switch (element.type) {
    case "text":
      return element.text
        .split("\n")
        .flatMap((line, index) => [index > 0 && el("br"), ...runs(line, { shortcodes: false })]);
    case "link":
      return [link(element.url, element.text)];
    case "user":
      return [userMention(element.user_id, names)];
    case "channel":
      return [channelMention(element.channel_id, names)];
    case "usergroup":
      return [broadcast(element.usergroup_id)];
    case "broadcast":
      return [broadcast(element.range)];
    case "emoji":
      return [emojiNode(element.name) ?? `:${element.name}:`];
    case "date":
      return [date(element.timestamp, element.format, element.url, element.fallback ?? "")];
    case "color": {
      const swatch = el("span", { class: "swatch" });
      swatch.style.backgroundColor = element.value;
      return [swatch, el("code", {}, element.value)];
    }
    default:
      return [el("span", { class: "unsupported" }, `unsupported element: ${element.type}`)];
  }
}
