"""Reports: tables, documents, files."""
