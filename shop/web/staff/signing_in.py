"""Signing in and out."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.people import staff
from shop.people.staff import SignInRefused
from shop.web import visitor
from shop.web.staff import access
from shop.web.staff.forms import SignInForm


def sign_in() -> AnyResponse:
    """Ask for address and password; go on to the page asked for."""
    onward = access.safe_next(request.values.get("next", ""))
    if request.method == "GET" and access.anyone_at_work() is not None:
        return redirect(onward)
    form = SignInForm(request.form)
    if request.method == "POST" and form.validate():
        try:
            visitor.sign_in(staff.sign_in(str(form.email.data), str(form.password.data)))
            return redirect(onward, 303)
        except SignInRefused as error:
            form.email.errors = [str(error)]
    page = render_template(
        "staff/sign_in.html",
        form=form,
        onward=onward,
        has_errors=bool(form.errors),
        notices=visitor.said(),
    )
    return Response(page, status=400 if form.errors else 200)


def sign_out() -> AnyResponse:
    """End the session here, and for whoever copied its key."""
    visitor.sign_out()
    return redirect(url_for("staff.sign_in"), 303)
