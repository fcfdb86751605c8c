from django.urls import path

from shouwang.front.web.ledger import proof, views

app_name = "ledger_pages"
urlpatterns = [
    path("", views.board, name="board"),
    path("proof/", proof.state, name="state"),
    path("proof/sign/", proof.sign, name="sign"),
    path("proof/audit/", proof.audit, name="audit"),
    path("proof/audits/<int:pk>/", proof.progress, name="progress"),
    path("proof/consistency/", proof.consistency, name="consistency"),
    path("proof/verify_ledger.py", proof.script, name="script"),
    path("heads/<int:pk>/", proof.head, name="head"),
    path("entries/<int:pk>/", proof.entry, name="entry"),
    path("entries/<int:pk>/proof.json", proof.inclusion, name="inclusion"),
]
