"""What the app computes: runs under settings of levers, links cut, causes, and operations for programs."""
