// What all interactive elements share: their hooks and names, the value they hold in the surface's
// state, and the way from a press or a change to an action.

import { confirm } from "./confirm.js";
import { label } from "./text.js";

export class Element {
  /**
   * `surface` lends names, values, `act` and `query`; `field` holds `sends` (a change sends
   * block_actions at once) and, in an input block, the ids of its label, hint and error.
   */
  constructor(element, block, surface, field) {
    this.element = element;
    this.block = block;
    this.surface = surface;
    this.field = field;
    this.key = JSON.stringify([block.block_id, element.action_id]);
  }

  /** The stable hooks: by these a control is found again after its message was re-rendered. */
  hooks(value) {
    const { block, element } = this;
    return { "data-action-id": element.action_id, "data-block-id": block.block_id, "data-value": value };
  }

  /** How the control is called: by its input block's label, or by its own placeholder. */
  naming() {
    const { labelId, controlId, describedBy, required } = this.field;
    return {
      id: controlId,
      "aria-labelledby": labelId,
      "aria-label": labelId ? null : label(this.element.placeholder) || this.element.action_id,
      "aria-describedby": describedBy,
      "aria-required": required ? "true" : null,
      autofocus: this.element.focus_on_load,
    };
  }

  /** The value kept from before a re-rendering; else the initial one, which is then kept. */
  kept(key, initial) {
    return this.surface.hold(this.key, this.entry({ [key]: initial }))[key];
  }

  keep(state) {
    this.surface.values.set(this.key, this.entry(state));
  }

  entry(state) {
    const { action_id: actionId, type } = this.element;
    return { blockId: this.block.block_id, actionId, state: { type, ...state } };
  }

  /** A change: asks what must be asked, keeps it, sends it if it is sent; false when denied. */
  async changed(control, state, value) {
    if (!(await this.confirmed())) return false;
    this.keep(state);
    if (this.field.sends) this.send(control, value);
    return true;
  }

  async press(control, value) {
    if (await this.confirmed()) this.send(control, value);
  }

  async confirmed() {
    return !this.element.confirm || confirm(this.element.confirm, this.surface.names);
  }

  send(control, value) {
    this.surface.act({ control, block: this.block, element: this.element, value });
  }
}
