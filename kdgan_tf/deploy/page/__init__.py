"""A page that runs the detector in a browser, without a server."""
