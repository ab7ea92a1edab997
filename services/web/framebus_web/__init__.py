"""What the pages of gateway and monitor share: a server, accounts and sessions, looks."""
