"""A payer to send claims to: an SFTP server, contracts that adjudicate, and its own books.

It speaks only what a payer speaks: 837P in; TA1, 999, 277CA and 835 out. ``contract.toml`` holds
its plans; ``scenario`` lists what a member id can ask for. Run it with
``python -m simulators.payer serve --state-dir FOLDER``.
"""
