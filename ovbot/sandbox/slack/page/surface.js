// A surface is where blocks stand: a message, a modal or App Home. It lends the elements the names
// behind ids, the values entered so far, a way to send an action and a way to ask for options.

import { focusKey, restoreFocus } from "./dom.js";

const CONTROLS = "button, input, select, textarea";

export class Surface {
  /**
   * `post(action)` and `ask(question)` go to the workspace; `tell(words)` shows what came of it, or
   * clears it (null); `root()` is the element, as it now is, whose controls rest meanwhile.
   */
  constructor({ names, values = new Map(), post, ask, tell, root }) {
    this.names = names;
    this.values = values;
    this.post = post;
    this.ask = ask;
    this.tell = tell;
    this.root = root;
    this.present = new Set();
  }

  /** The value held under a key, which from now on belongs to the state. */
  hold(key, initial) {
    this.present.add(key);
    if (!this.values.has(key)) this.values.set(key, initial);
    return this.values.get(key).state;
  }

  /** The values of the elements shown as `state.values`: block id, then action id. */
  state() {
    const state = {};
    for (const key of this.present) {
      const { blockId, actionId, state: value } = this.values.get(key);
      state[blockId] = { ...state[blockId], [actionId]: value };
    }
    return state;
  }

  /** Sends block_actions. Nothing else on the surface can be pressed until it is acknowledged. */
  async act({ control, block, element, value }) {
    const resting = [...this.root().querySelectorAll(CONTROLS)].filter((other) => !other.disabled);
    const focus = focusKey(this.root());
    for (const other of resting) other.disabled = true;
    control.setAttribute("aria-busy", "true");
    this.tell(null);
    try {
      const state = { values: this.state() };
      const reply = await this.post({ action: element.action_id, block_id: block.block_id, value, state });
      if (reply.acknowledged === false) this.tell(`That did not work: ${failure(reply)}`);
    } catch (error) {
      this.tell(wordsOf(error));
    } finally {
      for (const other of resting) other.disabled = false;
      control.removeAttribute("aria-busy");
      if (document.activeElement === document.body) restoreFocus(this.root(), focus, this.root());
    }
  }

  /** What the app offers for a query: `{options}` or `{option_groups}`. */
  async query({ block, element, query }) {
    const reply = await this.ask({ action: element.action_id, block_id: block.block_id, query });
    if (reply.acknowledged === false) throw new Error(`Nothing to choose from: ${failure(reply)}`);
    if (reply.ok === false) throw new Error(reply.error);
    return reply;
  }
}

/** What an error says. */
export function wordsOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/** Shows what went wrong in its own line, or hides that line. */
export function tellIn(line, words) {
  line.hidden = words === null;
  line.textContent = words ?? "";
}

/** Why something the app was sent did not work, in words. */
export function failure({ reason, status }) {
  if (reason === "http_timeout") return "the app did not acknowledge this in time.";
  if (reason === "http_error") return `the app answered with status ${status}.`;
  if (reason === "connection_failed") return "the app could not be reached. Is it running?";
  return "the app did not acknowledge this.";
}
