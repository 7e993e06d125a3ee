"""The version of the package, read from what is installed, so that it is written down once."""

from importlib.metadata import version

VERSION = version("apimart-widgets")
