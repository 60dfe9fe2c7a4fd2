"""Text from outside made inert and read: sentences, numbers, quantities with units, money."""
