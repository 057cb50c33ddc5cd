"""Channels: sockets and their reconnects, joins and quotas, messages, checks for other logins."""
