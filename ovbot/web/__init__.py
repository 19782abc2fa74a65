"""What the outside reaches by HTTP: webhooks, health, and Slack's requests in HTTP mode."""
