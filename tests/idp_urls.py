"""The addresses of the campus's OpenID Connect provider (tests.idp); read in its process only."""

from django.urls import include, path

urlpatterns = [path("", include("allauth.account.urls")), path("", include("allauth.idp.urls"))]
