"""climb."""
