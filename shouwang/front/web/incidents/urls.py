from django.urls import path

from shouwang.front.web.incidents import board, emergency, figures, report, setting

app_name = "incidents"
urlpatterns = [
    path("report/", report.new, name="report"),
    path("report/students/", report.students, name="report_students"),
    path("report/mine/", report.mine, name="mine"),
    path("report/<int:pk>/", report.receipt, name="receipt"),
    path("report/<int:pk>/<str:move>/", report.act, name="receipt_act"),
    path("incidents/", board.listing, name="list"),
    path("incidents/students/", board.students, name="students"),
    path("incidents/categories/", setting.listing, name="categories"),
    path("incidents/categories/<slug:code>/retire/", setting.retire, name="retire"),
    path("incidents/<int:pk>/", board.one, name="one"),
    path("incidents/<int:pk>/photos/<int:number>/", board.photo, name="photo"),
    path("incidents/<int:pk>/<str:move>/", board.act, name="act"),
    path("emergencies/", emergency.listing, name="emergencies"),
    path("emergencies/new/<slug:plan>/", emergency.new, name="emergency_new"),
    path("emergencies/<int:pk>/", emergency.one, name="emergency"),
    path("emergencies/<int:pk>/board/", emergency.live, name="emergency_board"),
    path("emergencies/<int:pk>/<str:move>/", emergency.act, name="emergency_act"),
    path("emergencies/tasks/<int:pk>/name/", emergency.name, name="task_name"),
    path("emergencies/tasks/<int:pk>/<str:move>/", emergency.task, name="task"),
    path("accountability/", figures.board, name="accountability"),
    path("accountability/rows/", figures.rows, name="accountability_rows"),
]
