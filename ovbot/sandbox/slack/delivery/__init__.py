"""How what people do reaches the bot: Socket Mode or signed HTTP."""
