"""What lies on the disk: two Delta tables, the registry that makes an intake visible, and the folder of whoever writes.

A month is written once, read as a snapshot, and compacted by a switch of its files.
"""
