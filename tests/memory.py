"""How much memory a process has held, told by itself."""

TELL_PEAK = r"""
import re
from pathlib import Path
print(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
"""
"""Prints KiB. Not `ru_maxrss`: that of a process begins with the peak of the one that started it, here of the whole test run."""
