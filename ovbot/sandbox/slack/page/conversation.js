// The messages of one channel as one person sees them: keyed by ts, so that an update replaces the
// message it changes and nothing else loses its place or its focus. Threads open under their parent.

import { act } from "./api.js";
import { renderContent } from "./blocks.js";
import { arrange, el, fill, focusKey, restoreFocus } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { Surface, tellIn } from "./surface.js";
import { isolated } from "./text.js";
import { clock, day, full, ofTs } from "./time.js";

const NEAR = 120;

export class Conversation {
  constructor({ scroller, list, announcer, latest, onReply }) {
    this.scroller = scroller;
    this.list = list;
    this.announcer = announcer;
    this.latest = latest;
    this.onReply = onReply;
    /** @type {any[]} */
    this.messages = [];
    /** @type {any} */
    this.names = null;
    this.loaded = false;
    this.rows = new Map();
    this.values = new Map();
    this.told = new Map();
    this.unfolded = new Set();
    latest.addEventListener("click", () => this.toLatest());
    scroller.addEventListener("scroll", () => this.atEnd() && (latest.hidden = true), { passive: true });
  }

  /** Turns to a channel and a reader; what was shown before is forgotten. */
  open(channel, reader) {
    this.channel = channel;
    this.reader = reader;
    this.messages = [];
    this.forget();
    this.latest.hidden = true;
    fill(this.list);
  }

  forget() {
    this.loaded = false;
    this.rows = new Map();
    this.values = new Map();
    this.told = new Map();
    this.unfolded = new Set();
  }

  show(messages, names) {
    const follow = !this.loaded || this.atEnd();
    const known = new Set(this.messages.map(({ ts }) => ts));
    const fresh = this.loaded ? messages.filter(({ ts }) => !known.has(ts)) : [];
    this.messages = messages;
    this.names = names;
    this.loaded = true;
    this.render();
    const answered = fresh.find((message) => message.user === this.reader && message.thread_ts);
    if (answered) this.rows.get(answered.thread_ts)?.node.scrollIntoView({ block: "end" });
    else if (follow) this.toLatest();
    else if (fresh.length > 0) this.latest.hidden = false;
    if (fresh.length > 0) fill(this.announcer, fresh.map((message) => el("p", {}, this.spoken(message))));
  }

  render() {
    const known = new Set(this.messages.map(({ ts }) => ts));
    const isReply = ({ ts, thread_ts: parent }) => parent && parent !== ts && known.has(parent);
    const isShown = (message) => !isReply(message) || message.subtype === "thread_broadcast";
    const rows = [];
    let lastDay;
    for (const message of this.messages.filter(isShown)) {
      const today = day(ofTs(message.ts));
      if (today !== lastDay) rows.push(this.row(`day ${today}`, today, () => dayMark(today)));
      lastDay = today;
      const replies = this.messages.filter((each) => isReply(each) && each.thread_ts === message.ts);
      const open = this.unfolded.has(message.ts);
      const print = JSON.stringify([message, replies, open, [...this.names.people]]);
      rows.push(this.row(message.ts, print, (node) => this.thread(node, message, replies, open)));
    }
    arrange(this.list, rows.length > 0 ? rows : [this.row("empty", "", emptyMark)]);
  }

  /** The row of that key: the one on the page, with new content only if its print has changed. */
  row(key, print, build) {
    const old = this.rows.get(key);
    if (old?.print === print) return old.node;
    const node = old?.node ?? el("li", { tabindex: "-1" });
    const focus = focusKey(node);
    const built = build(node);
    if (built === node) restoreFocus(node, focus, node);
    this.rows.set(key, { print, node: built });
    return built;
  }

  thread(node, message, replies, open) {
    const last = replies.at(-1);
    const count = Math.max(replies.length, message.reply_count ?? 0);
    const words = count === 1 ? "1 reply" : `${count} replies`;
    const toggle = el(
      "button",
      {
        type: "button",
        class: "thread-toggle",
        "data-action-id": "replies", // so that it keeps the focus when one more is told
        "data-value": message.ts,
        "aria-expanded": String(open),
        onclick: () => this.fold(message.ts),
      },
      words,
      last && el("span", { class: "quiet" }, ` last at ${clock(ofTs(last.ts))}`),
    );
    const items = open && replies.map((reply) => el("li", {}, this.article(reply)));
    return fill(node, [
      this.article(message),
      replies.length > 0 && toggle,
      items && el("ol", { class: "replies", "aria-label": "Replies" }, items),
    ]);
  }

  reply(message, name) {
    this.unfolded.add(message.ts);
    this.render();
    this.onReply(message, name);
  }

  fold(ts) {
    if (!this.unfolded.delete(ts)) this.unfolded.add(ts);
    this.render();
    this.rows.get(ts).node.querySelector(".thread-toggle")?.focus();
  }

  article(message) {
    const { ts } = message;
    const author = this.author(message);
    const dir = author.bot ? null : "auto";
    const when = ofTs(ts);
    const article = el("article", {
      class: message.is_ephemeral ? "message ephemeral" : "message",
      "data-testid": "message",
      "data-ts": ts,
      "data-ephemeral": String(message.is_ephemeral === true),
      tabindex: "-1",
      "aria-label": `${author.name}, ${clock(when)}`,
    });
    const where = { channel: this.channel, messageTs: ts, user: this.reader };
    const surface = new Surface({
      names: this.names,
      values: this.draft(ts),
      root: () => this.find(ts) ?? article,
      tell: (words) => this.tell(ts, words),
      post: (action) => act("interact", { ...where, ...action }),
      ask: (question) => act("options", { ...where, ...question }),
    });
    const told = el("p", { class: "told", role: "alert" });
    tellIn(told, this.told.get(ts) ?? null);
    return fill(article, [
      avatar(author),
      el("header", { class: "message-head" }, [
        el("span", { class: "author" }, isolated(author.name)),
        author.bot && el("span", { class: "badge" }, "bot"),
        el("time", { class: "quiet", datetime: when.toISOString(), title: full(when) }, clock(when)),
        message.edited && el("span", { class: "quiet" }, "(edited)"),
        message.is_ephemeral && el("span", { class: "only-you" }, "Only visible to you"),
        !message.is_ephemeral && (message.thread_ts ?? ts) === ts && el("button", {
          type: "button",
          class: "reply",
          "aria-label": `Reply in thread to ${author.name}, ${clock(when)}`,
          onclick: () => this.reply(message, author.name),
        }, "Reply"),
      ]),
      el("div", { class: "message-body", dir }, renderContent(message, surface)),
      told,
    ]);
  }

  author({ user, bot_id: botId, username }) {
    const { app } = this.names;
    const bot = Boolean(botId) || user === app.bot_user;
    return { bot, name: username ?? (bot ? app.name : this.names.user(user)) ?? user ?? "unknown" };
  }

  /** The values entered into a message, kept while it is re-rendered. */
  draft(ts) {
    if (!this.values.has(ts)) this.values.set(ts, new Map());
    return this.values.get(ts);
  }

  find(ts) {
    return this.list.querySelector(`[data-ts="${CSS.escape(ts)}"]`);
  }

  /** What went wrong with an action of this message stands under it until the next one. */
  tell(ts, words) {
    this.told.set(ts, words);
    const line = this.find(ts)?.querySelector(".told");
    if (line) tellIn(line, words);
  }

  spoken(message) {
    const whom = message.is_ephemeral ? ", only visible to you" : "";
    return `${this.author(message).name}${whom}: ${mrkdwn(message.text ?? "", this.names).textContent}`;
  }

  atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  toLatest() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.latest.hidden = true;
  }
}

function emptyMark() {
  return el("li", { class: "empty" }, "Nothing here yet. Type ", el("code", {}, "/"), " for the commands.");
}

function dayMark(words) {
  return el("li", { class: "day" }, el("span", {}, words));
}

function avatar({ name, bot }) {
  const hue = [...name].reduce((sum, character) => (sum * 31 + character.codePointAt(0)) % 360, 7);
  const [initial = "?"] = name.trim();
  const node = el("span", { class: bot ? "avatar avatar-bot" : "avatar", "data-initial": initial });
  if (!bot) node.style.setProperty("--hue", hue);
  return node;
}
