"""The moves a person makes on a delivery: choose the table, map columns, accept, send back, retract. Each posts, acts once, and returns."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from shouwang.front.pipeline import intake
from shouwang.front.web.kit.numbers import number
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.work.imports import actions, queries
from shouwang.work.imports.queries import Delivery

REASONS = (actions.CannotAccept, actions.CannotChange, actions.CannotRefuse, actions.CannotRetract, actions.Moved, actions.Stale)
Step = Callable[[PageRequest, Delivery], None]


def step(act: Step) -> Callable[..., HttpResponseBase]:
    """A move on one delivery of the reader's; a reason why not is shown on the page, and nothing has changed."""

    @require_POST
    @page("import")
    @wraps(act)
    def view(request: PageRequest, pk: int) -> HttpResponse:
        delivery = queries.delivery(request.reader, pk)
        if delivery is None:
            return missing(request)
        try:
            act(request, delivery)
        except REASONS as reason:
            messages.error(request, str(reason))
        return HttpResponseRedirect(reverse("imports:page", args=[pk]))

    return view


@step
def table(request: PageRequest, delivery: Delivery) -> None:
    intake.choose_table(delivery, request.POST.get("table", ""), by=request.reader, now=request.now)


@step
def columns(request: PageRequest, delivery: Delivery) -> None:
    """Selects are named c-SHEET-POSITION."""
    choices = {}
    for name, value in request.POST.items():
        kind, _, place = name.partition("-")
        sheet, position = (number(text, 6) for text in place.partition("-")[::2])
        if kind == "c" and sheet is not None and position is not None:
            choices[sheet, position] = str(value)
    intake.map_columns(delivery, choices, by=request.reader, now=request.now)
    messages.success(request, pick("已记住这些列的对应关系，正在重新检查。", "The mapping is remembered; the file is being checked again."))


@step
def again(request: PageRequest, delivery: Delivery) -> None:
    intake.examine_again(delivery)


@step
def accept(request: PageRequest, delivery: Delivery) -> None:
    intake.accept(delivery, confirmed=request.POST.get("confirmed") == "1", by=request.reader, now=request.now)


@step
def refuse(request: PageRequest, delivery: Delivery) -> None:
    actions.refuse(delivery=delivery, reason=request.POST.get("reason", ""), by=request.reader, now=request.now)
    messages.success(request, pick("已退回，什么都没有改变。", "Sent back; nothing has changed."))


@step
def retract(request: PageRequest, delivery: Delivery) -> None:
    intake.retract(delivery, request.POST.get("reason", ""), by=request.reader, now=request.now)
    messages.success(
        request, pick("已撤回。指标和预警将按没有这份数据重新计算。", "Retracted. Indicators and alerts now read as if it had not come.")
    )
