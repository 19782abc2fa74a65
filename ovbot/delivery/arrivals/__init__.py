"""What comes in: OpenVidu's events and what a look at it shows, into rows and notices."""
