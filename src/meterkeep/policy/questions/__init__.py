"""Questions in plain words: understood by a curated glossary, decided or looked up, answered with the clauses' own words."""
