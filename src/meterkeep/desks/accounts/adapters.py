"""What we ask of allauth beyond its settings."""

from __future__ import annotations

import base64
import hashlib

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are opened by actions; customers' own registration checks who they are first."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: str) -> AbstractBaseUser | None:
        """A closed account is answered like a wrong password: whether it ever existed is nobody's business."""
        user = super().authenticate(request, **credentials)
        return user if user and user.is_active else None


class MFAAdapter(DefaultMFAAdapter):
    """Second factors at rest are encrypted; the library keeps them in clear unless told otherwise."""

    def encrypt(self, text: str) -> str:
        return self._fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return self._fernet().decrypt(encrypted_text.encode()).decode()

    def _fernet(self) -> Fernet:
        key = hashlib.sha256(b"meterkeep mfa " + settings.SECRET_KEY.encode()).digest()
        return Fernet(base64.urlsafe_b64encode(key))
