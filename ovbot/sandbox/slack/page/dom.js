// Building the page's elements. Everything shown goes through here as text nodes and attributes:
// there is no innerHTML in the page, so nothing a message holds can become markup.

/** An element with attributes (`onclick` and the like are listeners) and children (nodes or text). */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...flat(children));
  return node;
}

/**
 * The element of the page with this id, which there must be.
 * @returns {any}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no #${id}.`);
  return found;
}

/** Replaces what a node holds. */
export function fill(node, ...children) {
  node.replaceChildren(...flat(children));
  return node;
}

/** Makes the list's children exactly these nodes, moving only what is out of place (focus stays). */
export function arrange(list, nodes) {
  nodes.forEach((node, index) => {
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
  });
  while (list.children.length > nodes.length) list.lastElementChild.remove();
}

let lastId = 0;

/** An id no other element of the page has, for labels and descriptions. */
export function uniqueId(prefix) {
  lastId += 1;
  return `${prefix}-${lastId}`;
}

/** The names by which a focused control is found again after its message or view is re-rendered. */
export function focusKey(root) {
  /** @type {HTMLElement | null | undefined} */
  const focused = document.activeElement?.closest("[data-action-id]");
  return focused && root.contains(focused) ? { ...focused.dataset } : null;
}

/** Gives the focus back to the control of that key, or to the fallback when it is gone. */
export function restoreFocus(root, key, fallback) {
  if (key === null) return;
  const same = ({ dataset }) => dataset.actionId === key.actionId && dataset.value === key.value;
  const controls = [...root.querySelectorAll("[data-action-id]:not(:disabled)")].filter(same);
  const [first = fallback] = controls;
  // An app that does not name its blocks gets new names for them with every update.
  (controls.find(({ dataset }) => dataset.blockId === key.blockId) ?? first)?.focus();
}

function flat(children) {
  return children.flat(Infinity).filter((child) => (child ?? false) !== false);
}
