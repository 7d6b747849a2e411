"""Files to partners and from them, and who watches over both."""
