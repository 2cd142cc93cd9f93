"""Where the keys above all data keys come from: files alone, or files that a security module or a cloud service has sealed.

An *epoch* is the life of one key-encryption key (KEK). When the surviving data keys are wrapped anew under the next
epoch's KEK and the old KEK is destroyed, backups of shredded data keys can no longer be opened by anyone.
"""

from __future__ import annotations

from meterkeep.vault.keys.files import FileKeys as FileKeys
from meterkeep.vault.keys.provider import KeyProvider as KeyProvider
from meterkeep.vault.keys.provider import Root as Root
