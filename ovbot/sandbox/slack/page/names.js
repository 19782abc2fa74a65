// Who and what the ids in messages are, from the workspace's state.

/** Who the workspace's own notices come from ("the app did not respond …"). */
const NOTICES = ["U00WORKSPACE", "Local workspace"];

export class Names {
  constructor(state, reader) {
    const bot = [state.app.bot_user, state.app.name];
    const humans = state.users.map((user) => [user.id, user.real_name || user.name]);
    this.people = new Map([NOTICES, bot, ...humans]);
    this.places = new Map(state.channels.map((channel) => [channel.id, channel.name]));
    this.app = state.app;
    this.reader = reader;
  }

  user(id) {
    return this.people.get(id);
  }

  channel(id) {
    return this.places.get(id);
  }

  users() {
    return [...this.people.keys()].filter((id) => id !== NOTICES[0]);
  }

  channels() {
    return [...this.places.keys()].filter((id) => !id.startsWith("D"));
  }
}
