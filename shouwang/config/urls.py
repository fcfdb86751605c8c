"""Every address of the product; each has its row in the permission table (tests/web/test_permissions.py)."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("shouwang.front.web.desk.urls")),
    path("", include("shouwang.front.web.account.urls")),
    path("", include("shouwang.front.web.accounts.urls")),
    path("", include("shouwang.front.web.kit.urls")),
    path("students/", include("shouwang.front.web.students.urls")),
    path("alerts/", include("shouwang.front.web.alerts.urls")),
    path("cases/", include("shouwang.front.web.cases.urls")),
    path("playbooks/", include("shouwang.front.web.playbooks.urls")),
    path("letters/", include("shouwang.front.web.letters.urls")),
    path("", include("shouwang.front.web.incidents.urls")),
    path("meetings/", include("shouwang.front.web.meetings.urls")),
    path("trainings/", include("shouwang.front.web.trainings.urls")),
    path("", include("shouwang.front.web.imports.urls")),
    path("freshness/", include("shouwang.front.web.freshness.urls")),
    path("rules/", include("shouwang.front.web.rules.urls")),
    path("coverage/", include("shouwang.front.web.coverage.urls")),
    path("units/", include("shouwang.front.web.units.urls")),
    path("", include("shouwang.front.web.access.urls")),
    path("", include("shouwang.front.web.disclosures.urls")),
    path("duty/", include("shouwang.front.web.duty.urls")),
    path("backups/", include("shouwang.front.web.backups.urls")),
    path("", include("shouwang.front.web.notices.urls")),
    path("ledger/", include("shouwang.front.web.ledger.urls")),
]
handler403 = "shouwang.front.web.kit.views.forbidden"
handler404 = "shouwang.front.web.kit.views.missing"
handler500 = "shouwang.front.web.kit.views.broken"
handler429 = "shouwang.front.web.account.views.too_many"  # asked for by allauth's rate limits
