// Where a person types. A text that begins with "/" is a slash command and goes to the app, which
// must acknowledge it within three seconds; any other text is an ordinary message.

import { act } from "./api.js";
import { el, fill } from "./dom.js";
import { failure, wordsOf } from "./surface.js";
import { isolated } from "./text.js";

/** Typed text as message text: what a person types is never markup for mentions or links. */
function escape(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

export class Composer {
  /** `where()` is `{channel, user}` as of now; `onSent` follows what went to the channel itself. */
  constructor({ form, where, onSent }) {
    this.form = form;
    this.where = where;
    this.onSent = onSent;
    this.input = form.querySelector("[data-testid=composer]");
    this.sendButton = form.querySelector("[data-testid=send]");
    this.status = form.querySelector("#composer-status");
    this.hints = form.querySelector("#composer-hints");
    this.replying = form.querySelector("#composer-thread");
    this.placeholder = this.input.placeholder;
    this.commands = [];
    this.history = [];
    this.at = 0;
    this.parent = null;
    /** @type {string | null} */
    this.place = null;
    this.drafts = new Map();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.key(event));
    form.addEventListener("focusout", ({ relatedTarget }) => {
      if (!form.contains(relatedTarget)) this.hints.hidden = true;
    });
  }

  /** The next message goes to the thread of this one; null: to the channel. */
  replyTo(message, name) {
    this.parent = message?.ts ?? null;
    this.replying.hidden = this.parent === null;
    this.input.placeholder = this.parent === null ? this.placeholder : "Reply";
    if (this.parent === null) return;
    const leave = () => {
      this.replyTo(null);
      this.input.focus();
    };
    fill(
      this.replying,
      el("span", {}, "Replying to ", isolated(name), " in a thread"),
      el("button", { type: "button", class: "button button-small", onclick: leave }, "Leave thread"),
    );
    this.input.focus();
  }

  /** Turns to a place of a person: what was begun in another waits there for them to come back. */
  turnTo(user, place) {
    const next = `${user}/${place}`;
    if (this.place !== null && next !== this.place) {
      this.drafts.set(this.place, this.input.value);
      this.write(this.drafts.get(next) ?? "");
      this.hints.hidden = true;
    }
    this.place = next;
    this.replyTo(null);
    this.say("", "");
  }

  typed() {
    this.at = this.history.length;
    this.grow();
    this.hint();
  }

  grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight + 2, 160)}px`;
  }

  /** The commands that what is typed could become, with what they take. */
  hint() {
    const [word] = this.input.value.split(/\s/);
    const fitting = word === "" ? [] : this.commands.filter(({ command }) => command.startsWith(word));
    this.hints.hidden = fitting.length === 0;
    fill(this.hints, fitting.map((known) => el("li", {}, this.hintButton(known))));
  }

  hintButton({ command, description, usage_hint: usage }) {
    const onclick = () => this.complete(command);
    return el("button", { type: "button", class: "hint-command", onclick }, [
      el("b", {}, command),
      " ",
      el("span", { class: "usage" }, usage),
      el("small", {}, description),
    ]);
  }

  complete(command) {
    this.write(`${command} `);
    this.input.focus();
  }

  write(text) {
    this.input.value = text;
    this.input.setSelectionRange(text.length, text.length);
    this.grow();
    this.hint();
  }

  key(event) {
    const { input } = this;
    if (event.isComposing || event.shiftKey) return;
    const begun = input.value;
    const fits = ({ command }) => command !== begun && command.startsWith(begun);
    const match = begun.length > 1 ? this.commands.find(fits) : null;
    const untouched = begun === (this.history[this.at] ?? "");
    if (event.key === "Enter") this.send();
    else if (event.key === "Tab" && match) this.complete(match.command);
    else if (event.key === "Escape" && !this.hints.hidden) this.hints.hidden = true;
    else if (event.key === "ArrowUp" && untouched) this.recall(this.at - 1);
    else if (event.key === "ArrowDown" && untouched) this.recall(this.at + 1);
    else return;
    event.preventDefault();
  }

  recall(index) {
    if (index < 0 || index > this.history.length) return;
    this.at = index;
    this.write(this.history[index] ?? "");
    this.hints.hidden = true;
  }

  async send() {
    const text = this.input.value.trim();
    if (text === "" || this.sendButton.disabled) return;
    const [command] = text.split(/\s/);
    const refusal = text.startsWith("/") && this.refusal(command);
    if (refusal) return this.say(refusal, "failed");
    this.history = [...this.history.filter((earlier) => earlier !== text), text];
    this.at = this.history.length;
    this.write("");
    this.sendButton.disabled = true;
    const from = this.place;
    try {
      await (text.startsWith("/") ? this.run(command, text.slice(command.length).trim()) : this.post(text));
      if (this.parent === null) this.onSent();
    } catch (error) {
      this.say(wordsOf(error), "failed");
      this.giveBack(text, from);
    } finally {
      this.sendButton.disabled = false;
    }
  }

  /** What could not be sent is there again, unless something else was begun meanwhile. */
  giveBack(text, place) {
    if (place !== this.place) this.drafts.set(place, this.drafts.get(place) || text);
    else if (this.input.value === "") this.write(text);
  }

  refusal(command) {
    if (this.parent !== null) return "Slash commands cannot be used in a thread.";
    if (this.commands.some((known) => known.command === command)) return null;
    return `${command} is not a command of this app. A text that begins with "/" is read as one.`;
  }

  async run(command, text) {
    const { channel, user } = this.where();
    this.say(`Waiting for ${command} to be acknowledged…`, "waiting");
    const reply = await act("command", { channel, user, command, text });
    if (reply.acknowledged === false) throw new Error(`${command}: ${failure(reply)}`);
    this.say(`${command} acknowledged in ${Math.round(reply.ms)} ms`, "done");
  }

  async post(text) {
    const { channel, user } = this.where();
    await act("message", { channel, user, text: escape(text), thread_ts: this.parent ?? undefined });
    this.say("", "");
  }

  say(words, kind) {
    this.status.className = kind;
    fill(this.status, words);
  }
}
