from django.urls import path

from shouwang.front.web.cases import desks, moves, views

app_name = "cases"
urlpatterns = [
    path("", views.listing, name="list"),
    path("new/", views.new, name="new"),
    path("desk/", desks.desk, name="desk"),
    path("desk/remind/", desks.bulk, {"deed": "remind"}, name="remind"),
    path("desk/rehand/", desks.bulk, {"deed": "rehand"}, name="rehand"),
    path("desk/open/", desks.bulk, {"deed": "open"}, name="open"),
    path("queue/", desks.queue, name="queue"),
    path("caseload/", desks.caseload, name="caseload"),
    path("raised/", desks.raised, name="raised"),
    path("export/", desks.export, name="export"),
    path("documents/<int:pk>/", moves.document, name="document"),
    path("steps/<int:pk>/<slug:move>/", moves.step, name="step"),
    path("referrals/<int:pk>/<slug:move>/", moves.referral, name="referral"),
    path("approvals/<int:pk>/<slug:move>/", moves.approval, name="approval"),
    path("<int:pk>/", views.sheet, name="page"),
    path("<int:pk>/<slug:deed>/", moves.case, name="deed"),
]
