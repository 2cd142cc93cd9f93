"""What lies beside the tables and goes where readings go: the defect lists of files, and the last run of the checks."""
