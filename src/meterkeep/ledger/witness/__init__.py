"""Outside eyes on the log: C2SP tlog-policy, tlog-witness (both sides) and tlog-cosignature."""
