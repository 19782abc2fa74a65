"""What a person does, told to the bot."""
