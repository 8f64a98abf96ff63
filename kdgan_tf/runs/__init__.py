"""A whole run: the progressive schedule, its folder, its report."""
