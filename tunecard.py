"""The front door: the command line and the Python API, made of the two packages."""
