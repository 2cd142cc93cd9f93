"""Backups of a whole home, and homes made again from them.

What is about one customer is sealed under that customer's own data key, everything else under a key for backups; all of these keys lie in
the key store, which is never in a backup. So a backup and the *current* key store make everybody whole but those who were shredded since.
"""
