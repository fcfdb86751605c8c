"""Accounts of guardians that were opened before contacts were confirmed: the register they were opened from is what the school meant."""

from django.db import migrations
from django.utils.crypto import salted_hmac


def confirm(apps, schema_editor):
    contacts, accounts = apps.get_model("access", "GuardianContact"), apps.get_model("access", "Account")

    def digest(value):
        return salted_hmac("shouwang.guardian-contact", value.strip(), algorithm="sha256").hexdigest()

    for account in accounts.objects.filter(guardian__isnull=False, guardian__contact=None).select_related("guardian"):
        contacts.objects.create(
            guardian=account.guardian,
            name_digest=digest(account.guardian.name),
            phone_digest=digest(account.guardian.phone),
            confirmed_at=account.created_at,
        )


class Migration(migrations.Migration):
    dependencies = [("access", "0002_invitations")]
    operations = [migrations.RunPython(confirm, migrations.RunPython.noop)]
