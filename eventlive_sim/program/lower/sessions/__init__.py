"""Sessions: access tokens that expire, who refreshes them, and what the Auth service does with refresh tokens."""
