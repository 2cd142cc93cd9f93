"""What is needed to say why a figure is withheld so that anybody can repeat it: the sum that it blocks, written out and worked
out again from the figures themselves; the shape of the leak in a two-way table; what the rule cost."""
