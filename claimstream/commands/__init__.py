"""The command line, one module for one group of commands."""
