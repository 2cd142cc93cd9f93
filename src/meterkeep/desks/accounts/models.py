from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from oauth2_provider.models import AbstractApplication

from meterkeep.desks.classification import classify
from meterkeep.desks.constraints import one_of


class Kind(models.TextChoices):
    CUSTOMER = "customer", "Customer"
    STAFF = "staff", "Staff"
    AUDITOR = "auditor", "Auditor"


class User(AbstractBaseUser):
    """Who may sign in. It says no name and no address: a customer is an id of the vault, staff a person of the workforce."""

    CLASSIFICATION = classify(
        identifier="id username customer_id", business="password last_login kind person is_active"
    )

    username = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    customer_id = models.CharField(max_length=32, blank=True, db_index=True)
    person = models.SlugField(max_length=60, blank=True)
    is_active = models.BooleanField(default=True)

    objects = BaseUserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ()

    class Meta:
        constraints = (
            one_of("user_kind", "kind", Kind.values),
            models.CheckConstraint(
                condition=(Q(kind=Kind.CUSTOMER) & ~Q(customer_id=""))
                | (~Q(kind=Kind.CUSTOMER) & Q(customer_id="")),
                name="user_customer_id_of_customers_only",
            ),
            models.CheckConstraint(
                condition=(Q(kind=Kind.STAFF) & ~Q(person="")) | (~Q(kind=Kind.STAFF) & Q(person="")),
                name="user_person_of_staff_only",
            ),
            models.UniqueConstraint(
                fields=("person",), condition=~Q(person=""), name="user_one_login_per_person"
            ),
        )

    def __str__(self) -> str:
        return self.username


class Application(AbstractApplication):
    """A client of Green Button Connect My Data: customers' authorizations and the bulk token come from the same one."""

    CLASSIFICATION = classify(
        business="id client_id client_secret hash_client_secret user redirect_uris post_logout_redirect_uris client_type"
        " authorization_grant_type name skip_authorization created updated algorithm allowed_origins registration_source cimd_expires_at"
    )

    class Meta(AbstractApplication.Meta):
        pass

    def allows_grant_type(self, *grant_types: str) -> bool:
        return (
            super().allows_grant_type(*grant_types)
            or AbstractApplication.GRANT_CLIENT_CREDENTIALS in grant_types
        )
