"""Building a case from accepted proposals."""
