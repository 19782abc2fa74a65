"""uvicorn's server, without its command line and what restarts it when files change."""

from ovbot.lean import parts_of

with parts_of("uvicorn"):
    from uvicorn.config import Config
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    from uvicorn.server import Server, ServerState

__all__ = ["Config", "HttpToolsProtocol", "Server", "ServerState"]
