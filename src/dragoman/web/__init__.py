"""One port for everything: HTTP, the API, and the carriers' media sockets."""
