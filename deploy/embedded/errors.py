"""What goes wrong with the embedded servers, said in one sentence."""

import errno
from pathlib import Path


class EmbeddedError(Exception):
    """A server on this machine cannot be had; the message is one sentence that says what to do."""


def explain(error: OSError, path: Path) -> EmbeddedError:
    """The sentence for an operating system error met while working below ``path``."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return EmbeddedError(
            f"The disk that holds {path} is full: free at least 1 GB or choose another folder "
            "(--state-dir, CLAIMSTREAM_CACHE_DIR)."
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return EmbeddedError(
            f"No permission to write below {path}: choose another folder "
            "(--state-dir, CLAIMSTREAM_CACHE_DIR) or change its owner."
        )
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return EmbeddedError("Too many open files: raise the limit with `ulimit -n 4096`.")
    if error.errno == errno.ENOENT:
        missing = error.filename or path
        return EmbeddedError(f"{missing} does not exist: install again with `make clean demo`.")
    return EmbeddedError(f"{path} cannot be used: {error.strerror or type(error).__name__}.")
