"""The session's certificates in use: JupyterHub's internal TLS, checked on both sides."""

import ssl

from aif.server.folder import FolderError, SessionFolder


def server_context(folder: SessionFolder) -> ssl.SSLContext:
    """TLS for serving: only clients with a certificate from the session's CA file (hub and proxy) get in."""
    return _context(folder, ssl.Purpose.CLIENT_AUTH)


def client_context(folder: SessionFolder) -> ssl.SSLContext:
    """TLS for talking to the hub: trusts only the session's CA file, shows the session's certificate."""
    return _context(folder, ssl.Purpose.SERVER_AUTH)


def _context(folder: SessionFolder, purpose: ssl.Purpose) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(purpose, cafile=str(folder.ca))
        context.load_cert_chain(folder.cert, folder.key)
    except OSError as fault:  # SSLError is one
        raise FolderError(folder.path, f"its key, certificate and CA file do not go together ({fault})") from fault
    context.verify_mode = ssl.CERT_REQUIRED
    return context
