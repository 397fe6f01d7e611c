"""From a system of equations to a program of scalar operations."""
