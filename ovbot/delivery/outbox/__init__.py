"""What goes out: notices in order, at Slack's pace, and the live cards."""
