"""Every field of every model says how sensitive it is. A field that nobody classified fails."""

import pytest
from django.apps import apps

from shouwang.common.categories import Category

MODELS = [model for config in apps.get_app_configs() if config.name.startswith("shouwang.") for model in config.get_models()]


def test_there_are_models():
    assert {"Student", "Account", "Entry", "Delivery", "Alert"} <= {model.__name__ for model in MODELS}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_field_is_classified(model):
    said = vars(model).get("SENSITIVITY")
    assert said is not None, f"{model._meta.label} has no SENSITIVITY"
    fields = {field.name for field in model._meta.local_concrete_fields}
    assert set(said) == fields, f"not classified: {sorted(fields - set(said))}; no such field: {sorted(set(said) - fields)}"
    # "of the alert": as sensitive as the categories on the row it belongs to
    whole = {f"of the {other._meta.model_name}" for other in MODELS if any(field.name == "categories" for field in other._meta.fields)}
    unknown = set(said.values()) - set(Category.__members__) - whole
    assert not unknown, f"unknown category in {model._meta.label}: {unknown}"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_no_blob_holds_domain_fields(model):
    kinds = {field.name: field.get_internal_type() for field in model._meta.local_fields}
    assert not {name for name, kind in kinds.items() if kind in ("JSONField", "BinaryField", "GenericForeignKey")}, kinds
