// The raw traffic between the workspace and the app: every request, event and reply, as JSON.

import { act, read } from "./api.js";
import { coalesced } from "./coalesced.js";
import { arrange, el } from "./dom.js";
import { clockWithSeconds, ofTs } from "./time.js";

const KEPT = 500;

export class Inspector {
  constructor({ list, filter, pause, clear, count }) {
    this.list = list;
    this.filter = filter;
    this.pause = pause;
    this.count = count;
    this.rows = [];
    this.last = undefined;
    this.paused = false;
    this.refresh = coalesced(() => this.load());
    filter.addEventListener("input", () => this.render());
    clear.addEventListener("click", () => {
      this.rows = [];
      this.render();
    });
    pause.addEventListener("click", () => {
      this.paused = !this.paused;
      pause.setAttribute("aria-pressed", String(this.paused));
      pause.textContent = this.paused ? "Resume" : "Pause";
      if (!this.paused) this.refresh();
    });
  }

  /** Reads what is new. */
  async load() {
    if (this.paused) return;
    const { entries } = await read("log", { after: this.last });
    if (entries.length === 0) return;
    this.last = entries.at(-1).id;
    this.rows = [...entries.map(row).reverse(), ...this.rows].slice(0, KEPT);
    this.render();
  }

  /** Starts over, after the workspace was reset or came back with another log. */
  restart() {
    this.rows = [];
    this.last = undefined;
    this.render();
    return this.refresh();
  }

  render() {
    const wanted = this.filter.value.trim().toLowerCase();
    const shown = this.rows.filter(({ words }) => words.includes(wanted));
    this.count.textContent = wanted ? `${shown.length} of ${this.rows.length}` : String(this.rows.length);
    arrange(this.list, shown.map(({ node }) => node));
  }
}

/** Forgets everything said in the workspace, here and in every other window. */
export function resetWorkspace() {
  return act("reset");
}

function row(entry) {
  const { at, direction, kind, summary, response, status, ms } = entry;
  const toApp = direction === "to_bot";
  const unanswered = status === null && ms !== null;
  const bad = unanswered || status >= 400 || response?.ok === false;
  const words = JSON.stringify(entry).toLowerCase();
  const came = unanswered ? "failed" : (status ?? "");
  const took = ms === null ? "" : `${Math.round(ms)} ms`;
  const way = toApp ? "to the app" : "from the app";
  const details = el("details", {}, [
    el("summary", {}, [
      el("span", { class: `arrow ${direction}`, role: "img", "aria-label": way }, toApp ? "→" : "←"),
      el("span", { class: "entry-kind" }, kind),
      el("span", { class: bad ? "entry-status bad" : "entry-status" }, `${came} ${took}`),
      el("span", { class: "entry-summary", dir: "auto" }, summary),
      el("time", { class: "quiet" }, clockWithSeconds(ofTs(at))),
    ]),
  ]);
  details.addEventListener("toggle", () => details.append(...bodies(entry)), { once: true });
  return { words, node: el("li", { "data-testid": "inspector-entry", "data-entry": entry.id }, details) };
}

function bodies({ request, response }) {
  return [["Request", request], ["Response", response]]
    .filter(([, body]) => body !== null && body !== undefined)
    .map(([title, body]) => el("section", { class: "entry-body" }, [
      el("h4", {}, title),
      el("pre", { tabindex: "0", "aria-label": title }, pretty(body)),
    ]));
}

function pretty(body) {
  return typeof body === "string" ? body : JSON.stringify(body, null, 2);
}
