"""How files reach partners and come back: SFTP, or a watched directory."""
