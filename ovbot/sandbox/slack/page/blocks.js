// Block Kit blocks as elements of the page. One it does not know is a visible box, not a gap.
// https://docs.slack.dev/reference/block-kit/blocks

import { el, uniqueId } from "./dom.js";
import { renderElement } from "./elements.js";
import { markdown } from "./markdown.js";
import { mrkdwn, renderText } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { isolated, label } from "./text.js";

const RENDER = {
  actions: row,
  alert,
  context: row,
  data_table: table,
  divider: () => el("hr", { class: "block" }),
  header: ({ text }) => el("h3", { class: "block block-header" }, isolated(label(text))),
  image,
  input,
  markdown: ({ text }) => el("div", { class: "block" }, markdown(text)),
  rich_text: (block, surface) => el("div", { class: "block" }, richText(block, surface.names)),
  section,
  table,
};

/** The blocks of a surface; `errors` are the words for input blocks, by block id. */
export function renderBlocks(blocks, surface, errors = {}) {
  return blocks.map((block) => {
    const render = Object.hasOwn(RENDER, block.type) ? RENDER[block.type] : unsupported;
    return render(block, surface, errors[block.block_id]);
  });
}

/**
 * What a message shows: its blocks, or its text, and the legacy attachments below.
 * @param {{blocks?: any[], text?: string, attachments?: any[]}} message
 */
export function renderContent({ blocks, text, attachments = [] }, surface) {
  const body = blocks && blocks.length > 0 ? renderBlocks(blocks, surface) : mrkdwn(text ?? "", surface.names);
  return [body, attachments.map((attachment) => renderAttachment(attachment, surface))];
}

function renderAttachment({ color = "", fallback, text = fallback, ...more }, surface) {
  const box = el("div", { class: "attachment" }, renderContent({ ...more, text }, surface));
  if (/^#[0-9a-f]{6}$/i.test(color)) box.style.borderInlineStartColor = color;
  return box;
}

function unsupported({ type }) {
  return el("div", { class: "block unsupported" }, `unsupported block: ${type}`);
}

function section(block, surface) {
  const { accessory, fields, text } = block;
  const shown = fields?.map((field) => el("div", {}, renderText(field, surface.names)));
  return el("div", { class: accessory ? "block block-section with-accessory" : "block block-section" }, [
    el("div", { class: "section-body" }, [
      text && renderText(text, surface.names),
      shown && el("div", { class: "fields" }, shown),
    ]),
    accessory && el("div", { class: "accessory" }, part(accessory, block, surface)),
  ]);
}

/** The two blocks that are a row of parts: context and actions. */
function row(block, surface) {
  const parts = block.elements.map((element) => part(element, block, surface));
  return el("div", { class: `block block-${block.type}` }, parts);
}

function part(element, block, surface) {
  if (element.type === "image") return picture(element);
  if (element.type === "mrkdwn" || element.type === "plain_text") return renderText(element, surface.names);
  return renderElement(element, block, surface);
}

function image(block) {
  const title = block.title && el("figcaption", {}, isolated(label(block.title)));
  return el("figure", { class: "block block-image" }, title, picture(block));
}

/** Only what the page already has or the workspace serves is loaded; else the words stand for it. */
function picture({ image_url: url = "", alt_text: alt }) {
  const local = /^data:image\//.test(url) || new URL(url, location.href).origin === location.origin;
  if (local) return el("img", { src: url, alt });
  const title = `${url} (not loaded)`;
  return el("span", { class: "no-image", role: "img", "aria-label": alt, title }, isolated(alt));
}

function alert({ level = "default", text }, surface) {
  return el("div", { class: `block alert alert-${level}`, role: "note" }, renderText(text, surface.names));
}

function table(block, surface) {
  const [head, ...rows] = block.rows;
  const line = (cells, tag) =>
    el("tr", {}, cells.map((cell, index) => {
      const align = block.column_settings?.[index]?.align ?? "left";
      return el(tag, { class: `align-${align}` }, content(cell, surface));
    }));
  return el(
    "div",
    { class: "block table-scroll", tabindex: "0", role: "region", "aria-label": block.caption ?? "Table" },
    el("table", {}, [
      block.caption && el("caption", {}, isolated(block.caption)),
      el("thead", {}, line(head, "th")),
      el("tbody", {}, rows.map((cells) => line(cells, "td"))),
    ]),
  );
}

function content(cell, surface) {
  if (cell.type === "rich_text") return richText(cell, surface.names);
  return isolated(cell.text ?? String(cell.value ?? ""));
}

function input(block, surface, error) {
  const { element, hint, optional = false } = block;
  const [controlId, labelId, hintId, errorId] = ["control", "label", "hint", "error"].map(uniqueId);
  const control = renderElement(element, block, surface, {
    sends: block.dispatch_action === true,
    controlId,
    labelId,
    describedBy: [hint && hintId, error && errorId].filter(Boolean).join(" ") || null,
    required: !optional,
  });
  return el("div", { class: error ? "block block-input has-error" : "block block-input" }, [
    el("label", { id: labelId, for: controlId }, [
      isolated(label(block.label)),
      optional && el("span", { class: "optional" }, " (optional)"),
    ]),
    control,
    hint && el("p", { id: hintId, class: "hint" }, renderText(hint, surface.names)),
    error && el("p", { id: errorId, class: "field-error" }, error),
  ]);
}
