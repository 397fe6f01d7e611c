"""The parts of the server that do not depend on the model: its limits, security, REST routes, sockets and queues."""
