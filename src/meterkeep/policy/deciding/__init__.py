"""Facts in, outcome out: compiled clauses, three values, exact missing facts, citations, duties and advice."""
