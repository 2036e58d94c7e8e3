"""The page to play with: levers, the lines they move, and the server that shows them."""
