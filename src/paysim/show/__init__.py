"""Pictures of a finished run. Start with `paysim.show.figures.draw_all`."""
