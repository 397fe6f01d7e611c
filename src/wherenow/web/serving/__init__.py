"""The server's parts that know no model: its limits, security, REST routes, sockets and queues."""
