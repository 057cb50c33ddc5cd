"""The application: one page that compares two designs in a scenario."""
