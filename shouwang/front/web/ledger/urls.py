from django.urls import path

from shouwang.front.web.ledger import views

app_name = "ledger_pages"
urlpatterns = [path("", views.board, name="board")]
