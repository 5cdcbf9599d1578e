"""Mail servers that attack the client under test, and the verdict on what it did."""

from .server import Server

__all__ = ["Server"]
