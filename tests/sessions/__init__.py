"""Tests of sessions: races worked out by hand, and what follows them."""
