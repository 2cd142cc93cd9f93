"""Texts of files to columns of integers and back: decimals, units, stamps and local clocks. No float holds a reading."""
