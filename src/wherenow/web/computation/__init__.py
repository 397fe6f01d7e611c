"""What the app computes: runs with levers, cut links, causes, and operations for programs."""
