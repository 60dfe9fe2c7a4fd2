"""Making catalogue cards: which categories a question means, and what their products say."""
