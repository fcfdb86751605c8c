"""Entries written before there were marks get theirs; from here on only the product writes them."""

from django.db import migrations


def mark(apps, schema_editor):
    from shouwang.trust.ledger import keys
    from shouwang.trust.ledger.canonical import moment, text_of

    Entry, About = apps.get_model("ledger", "Entry"), apps.get_model("ledger", "About")
    waiting = Entry.objects.filter(mark=None).order_by("pk")
    while chunk := list(waiting[:2000]):
        subjects = {entry.pk: [] for entry in chunk}
        for entry, subject in About.objects.filter(entry__in=chunk).values_list("entry_id", "subject"):
            subjects[entry].append(subject)
        for entry in chunk:
            text = text_of([entry.kind, entry.by, moment(entry.at), entry.digest, sorted(subjects[entry.pk])])
            entry.mark = keys.mark(text.encode())
        Entry.objects.bulk_update(chunk, ["mark"], batch_size=400)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_tree")]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
