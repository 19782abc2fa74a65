// The page of the local workspace: puts the panes together and keeps them at what the workspace
// says. Where the reader is stands in the address (#PERSON/PLACE), so that two windows can act as
// two people side by side.

import { listen, read } from "./api.js";
import { coalesced } from "./coalesced.js";
import { Composer } from "./composer.js";
import { confirm } from "./confirm.js";
import { Conversation } from "./conversation.js";
import { byId, el, fill } from "./dom.js";
import { Home } from "./home.js";
import { Inspector, resetWorkspace } from "./inspector.js";
import { Modals } from "./modals.js";
import { Names } from "./names.js";
import { isolated } from "./text.js";

const HOME = "home";
const DIRECT = "direct";

const conversation = new Conversation({
  scroller: byId("scroller"),
  list: byId("messages"),
  announcer: byId("announcer"),
  latest: byId("latest"),
  onReply: (message, name) => composer.replyTo(message, name),
});
const composer = new Composer({
  form: byId("composer-form"),
  where: () => ({ channel: here.place, user: here.user }),
  onSent: () => conversation.toLatest(),
});
const inspector = new Inspector({
  list: byId("entries"),
  filter: byId("filter"),
  pause: byId("pause"),
  clear: byId("clear"),
  count: byId("entry-count"),
});
const home = new Home({ node: byId("home") });
const modals = new Modals({ dialog: byId("modal") });
/** @type {{user: any, place: any}} */
const here = { user: null, place: null };
/** @type {any} */
let state = null;
/** @type {any} */
let names = null;
let focusNext = false;

/** The direct message with the app, as this person has it. */
function directMessage() {
  const isMine = ({ id, members = [] }) => id.startsWith("D") && members.includes(here.user);
  return state.channels.find(isMine)?.id ?? here.user;
}

function places() {
  const channels = state.channels.filter(({ id }) => !id.startsWith("D"));
  const direct = state.channels.find(({ id }) => id === directMessage()) ?? { unread: 0 };
  return [
    ...channels.map((channel) => ({ ...channel, title: `# ${channel.name}`, group: "Channels" })),
    { ...direct, id: directMessage(), title: state.app.name, group: "Direct message" },
    { id: HOME, title: "App Home", group: "App", unread: 0 },
  ];
}

const loadState = coalesced(async () => {
  state = await read("state", { user: here.user ?? undefined });
  here.user ??= state.users[0].id;
  names = new Names(state, here.user);
  composer.commands = state.commands ?? [];
  renderFrame();
});

const loadMessages = coalesced(async () => {
  const { user, place } = here;
  if (place === HOME) return;
  const { messages } = await read(`messages/${place}`, { user });
  if (user === here.user && place === here.place) conversation.show(messages, names);
});

const loadModal = coalesced(() => modals.refresh(here.user, names));
const loadHome = coalesced(() => home.refresh(names));

function renderFrame() {
  const { app, connected, mode, team, users } = state;
  byId("team").textContent = team.name;
  byId("connection").className = connected ? "pill pill-good" : "pill pill-bad";
  byId("connection-text").textContent = `${app.name} ${connected ? `connected (${mode})` : "not connected"}`;
  const person = byId("person");
  const options = users.map(({ id }) => el("option", { value: id }, names.user(id)));
  if (JSON.stringify(users) !== person.dataset.users) fill(person, options);
  person.dataset.users = JSON.stringify(users);
  person.value = here.user;
  renderPlaces();
}

function renderPlaces() {
  const groups = Object.entries(Object.groupBy(places(), ({ group }) => group));
  const focused = byId("places").querySelector(":focus")?.dataset.testid;
  fill(byId("places"), groups.map(([title, entries = []]) => el("section", {}, [
    el("h2", {}, title),
    el("ul", {}, entries.map((entry) => el("li", {}, placeLink(entry)))),
  ])));
  if (focused) byId("places").querySelector(`[data-testid="${focused}"]`)?.focus();
  const current = places().find(({ id }) => id === here.place);
  if (!current) return;
  fill(byId("place-title"), isolated(current.title));
  const outside = current.members && !current.members.includes(here.user);
  byId("place-note").textContent = current.is_archived ? "archived" : outside ? "not a member" : "";
  byId("tab-conversation").textContent = current.title;
  document.title = `${current.title} · Local workspace`;
}

function placeLink({ id, title, unread, is_archived: archived }) {
  const count = id === here.place ? 0 : Number(unread);
  return el("a", {
    href: `#${here.user}/${id}`,
    class: count > 0 ? "place unread" : "place",
    "data-testid": `channel-${id}`,
    "aria-current": id === here.place ? "page" : null,
    onclick: ({ detail }) => {
      showPane("conversation");
      focusNext = detail === 0;
      if (id === here.place) settle();
    },
  }, [
    isolated(title),
    archived && el("span", { class: "quiet" }, "archived"),
    count > 0 && el("span", { class: "count" }, `${count}`, el("span", { class: "hidden" }, " unread")),
  ]);
}

/** Who came by keyboard goes on in the place itself; a tap must not raise the phone's keyboard. */
function settle() {
  if (focusNext) (here.place === HOME ? home.node : composer.input).focus();
  focusNext = false;
}

/** Goes where the address says, or to the first channel. */
async function go() {
  const [user, place] = decodeURIComponent(location.hash.slice(1)).split("/");
  here.user = state.users.some(({ id }) => id === user) ? user : here.user;
  await loadState();
  const wanted = [place === DIRECT ? directMessage() : place, here.place];
  const known = places().map(({ id }) => id);
  here.place = wanted.find((id) => known.includes(id)) ?? known[0];
  const isHome = here.place === HOME;
  byId("home").hidden = !isHome;
  byId("conversation").hidden = isHome;
  renderFrame();
  composer.turnTo(here.user, here.place);
  settle();
  if (!isHome) conversation.open(here.place, here.user);
  await Promise.all([loadModal(), isHome ? home.open(here.user, names) : loadMessages()]);
}

/** One change the workspace tells of. */
function onChange({ kind, channel, user }) {
  const mine = user === here.user;
  if (kind === "log") return inspector.refresh();
  if (kind === "view") return mine && loadModal();
  if (kind === "home") return mine && here.place === HOME && loadHome();
  if (kind === "messages") return channel === here.place && loadMessages();
  return loadState();
}

/** At the start goes where the address says; later reads again what was missed meanwhile. */
async function onOpen() {
  byId("disconnected").hidden = true;
  if (state === null) {
    await loadState();
    await go();
  } else {
    await loadState();
    await Promise.all([loadModal(), here.place === HOME ? loadHome() : loadMessages()]);
  }
  await inspector.restart();
}

function complain(error) {
  byId("problem").hidden = false;
  fill(byId("problem-text"), error.message);
}

/** @returns {NodeListOf<HTMLElement>} */
function tabs() {
  return document.querySelectorAll("[data-shows]");
}

function showPane(pane) {
  document.body.dataset.pane = pane;
  for (const tab of tabs()) {
    tab.setAttribute("aria-pressed", String(tab.dataset.shows === pane));
  }
}

async function reset() {
  const sure = await confirm({
    title: { text: "Reset the workspace?" },
    text: { text: "All messages, views and recorded traffic are forgotten, for every person." },
    confirm: { text: "Reset" },
    deny: { text: "Cancel" },
    style: "danger",
  }, names);
  if (!sure) return;
  await resetWorkspace();
  await onOpen();
}

const guarded = (handler) => (...values) => Promise.resolve(handler(...values)).catch(complain);

window.addEventListener("hashchange", guarded(go));
byId("person").addEventListener("change", (event) => {
  location.hash = `${event.target.value}/${here.place === directMessage() ? DIRECT : here.place}`;
});
byId("skip").addEventListener("click", () => {
  showPane("conversation");
  composer.input.focus();
});
byId("reset").addEventListener("click", guarded(reset));
byId("dismiss").addEventListener("click", () => (byId("problem").hidden = true));
byId("toggle-inspector").addEventListener("click", ({ target }) => {
  const hidden = document.body.classList.toggle("without-inspector");
  target.textContent = hidden ? "Show traffic" : "Hide traffic";
});
for (const tab of tabs()) {
  tab.addEventListener("click", () => showPane(tab.dataset.shows));
}
listen({
  onChange: guarded(onChange),
  onOpen: guarded(onOpen),
  onDown: () => (byId("disconnected").hidden = false),
});
