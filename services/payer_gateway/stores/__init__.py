"""SQL of everything beside events, a module for each kind of row."""
