"""A file on its way in: collected, compared with what is there, written, and told of."""
