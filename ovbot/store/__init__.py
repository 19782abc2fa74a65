"""What must survive a power cut: tables, transactions, and one repository per table.

The only room that knows SQL. Times are integer milliseconds since the epoch, UTC. Every row names
its OpenVidu server, and its Slack team where it concerns Slack.
"""
