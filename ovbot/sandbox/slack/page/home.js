// App Home: the view the app publishes for one person.

import { act, read } from "./api.js";
import { renderBlocks } from "./blocks.js";
import { el, fill, focusKey, restoreFocus } from "./dom.js";
import { failure, Surface, tellIn } from "./surface.js";

export class Home {
  constructor({ node }) {
    this.node = node;
    this.values = new Map();
    this.readings = 0;
  }

  /** Opening it tells the app, which may publish a view in answer. */
  async open(user, names) {
    this.user = user;
    this.values.clear();
    fill(this.node, el("p", { class: "empty" }, "Opening…"));
    const reply = await act("open-home", { user });
    await this.refresh(names);
    if (reply.acknowledged === false) tellIn(this.told, `The app was not told: ${failure(reply)}`);
  }

  async refresh(names) {
    const { user } = this;
    this.readings += 1;
    const reading = this.readings;
    const { view } = await read(`home/${user}`);
    // Of two readings the later one counts, in whichever order their answers come.
    if (user !== this.user || reading !== this.readings) return;
    const focus = focusKey(this.node);
    const where = { user, view_id: view?.id };
    this.told = el("p", { class: "told", role: "alert", hidden: true });
    const surface = new Surface({
      names,
      values: this.values,
      root: () => this.node,
      tell: (words) => tellIn(this.told, words),
      post: (action) => act("view/action", { ...where, ...action }),
      ask: (question) => act("options", { ...where, ...question }),
    });
    const empty = el("p", { class: "empty" }, "The app has not published a Home for this person.");
    const blocks = view?.blocks ?? [];
    fill(this.node, blocks.length > 0 ? renderBlocks(blocks, surface) : empty, this.told);
    restoreFocus(this.node, focus, this.node);
  }
}
