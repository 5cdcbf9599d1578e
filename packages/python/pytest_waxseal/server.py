import ssl
from dataclasses import dataclass


@dataclass(frozen=True)
class Server:
    """A mail server of one step: where the client connects to, and with which account."""

    host: str
    port: int
    ip: str
    #: Scheme, host and port, such as ``imap://localhost:40123``.
    url: str
    protocol: str
    #: ``starttls`` or ``implicit``: how the client must be configured.
    tls: str
    #: ``required`` or ``opportunistic``: whether the client insists on TLS.
    policy: str
    #: ``control``, ``comparison/1`` or the id of a case, such as ``starttls-refused/454``.
    step: str
    user: str
    password: str
    #: An OAuth 2.0 bearer token.
    token: str
    from_addr: str
    to_addr: str
    #: A message ready to be sent, ASCII with CRLF.
    message: str
    #: The CA's certificate, a PEM file.
    ca: str

    def ssl_context(self) -> ssl.SSLContext:
        """Trusts the server's CA, and nothing else; verifies certificate and host name."""
        return ssl.create_default_context(cafile=self.ca)
