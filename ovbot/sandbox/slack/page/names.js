// Who and what the ids in messages are, from the workspace's state.

export class Names {
  constructor(state, reader) {
    const bot = [state.app.bot_user, state.app.name];
    const humans = state.users.map((user) => [user.id, user.real_name || user.name]);
    this.people = new Map([bot, ...humans]);
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
    return [...this.people.keys()];
  }

  channels() {
    return [...this.places.keys()].filter((id) => !id.startsWith("D"));
  }
}
