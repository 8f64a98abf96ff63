"""Ground floor: scoring with a file, on numpy, pillow and LiteRT alone."""
