"""Finding cards: their contents, reasons and article, and a card as a file."""
