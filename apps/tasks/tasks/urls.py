"""Addresses -> views."""

from django.contrib import admin
from django.urls import path

from . import views

urlpatterns = [
    path("", views.index, name="index"),
    path("tasks/add", views.add, name="add"),
    path("tasks/<int:number>/toggle", views.toggle, name="toggle"),
    path("tasks/<int:number>/delete", views.delete, name="delete"),
    path("health", views.health, name="health"),
    path("admin/", admin.site.urls),
]
