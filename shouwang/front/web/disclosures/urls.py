from django.urls import path

from shouwang.front.web.disclosures import glass, received, sending

app_name = "disclosures"
urlpatterns = [
    path("break-glass/", glass.listing, name="glasses"),
    path("break-glass/new/", glass.new, name="glass_new"),
    path("break-glass/<int:pk>/", glass.one, name="glass"),
    path("break-glass/<int:pk>/<str:move>/", glass.act, name="glass_act"),
    path("disclosures/", sending.listing, name="list"),
    path("disclosures/new/", sending.new, name="new"),
    path("disclosures/<int:pk>/", sending.one, name="one"),
    path("disclosures/<int:pk>/sheet.xlsx", sending.sheet, name="sheet"),
    path("disclosures/<int:pk>/<str:move>/", sending.act, name="act"),
    path("disclosed/", received.listing, name="received"),
    path("disclosed/<int:pk>/", received.one, name="received_one"),
    path("consents/<int:pk>/withdraw/", received.withdraw, name="withdraw"),
]
