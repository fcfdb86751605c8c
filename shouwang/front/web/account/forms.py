"""The forms of sign-in and password change: allauth's, with our words."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm
from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _


def narrow(typed: str) -> str:
    """Full-width signs of a Chinese keyboard as plain ones."""
    return "".join(chr(ord(sign) - 0xFEE0) if "！" <= sign <= "～" else sign for sign in typed)


class SignIn(LoginForm):  # type: ignore[misc]  # allauth's forms are untyped
    """Username and password. Nothing is remembered beyond the browser's session: staff share machines."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("工号或学号")
        self.fields["login"].widget.attrs = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        self.fields["login"].error_messages["required"] = _("请输入工号或学号")
        self.fields["password"].label = _("密码")
        self.fields["password"].help_text = ""
        self.fields["password"].widget.attrs = {"autocomplete": "current-password"}
        self.fields["password"].error_messages["required"] = _("请输入密码")
        self.fields.pop("remember", None)

    def clean_login(self) -> str:
        """Full-width digits typed with a Chinese keyboard count as digits."""
        typed = super().clean_login()
        return narrow(typed)


class NewPassword(ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"oldpassword": _("当前密码"), "password1": _("新密码"), "password2": _("再输入一次新密码")}
        for name, label in labels.items():
            self.fields[name].label = label
            self.fields[name].help_text = ""
            self.fields[name].widget.attrs.pop("placeholder", None)
            self.fields[name].error_messages["required"] = _("请填写这一项")
        self.fields["password1"].help_text = " ".join(password_validation.password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if "password2" in self._errors and "password1" in cleaned:
            self._errors["password2"] = self.error_class([_("两次输入的新密码不一样，请再输入一次")])
        return cleaned


class FirstPassword(forms.Form):
    """What an invitation asks for: a password twice and, of guardians, the end of the telephone number the school has."""

    tail = forms.CharField(label=_("学校登记的手机号后四位"), max_length=8, widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    password1 = forms.CharField(label=_("新密码"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), max_length=128)
    password2 = forms.CharField(
        label=_("再输入一次新密码"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), max_length=128
    )

    def __init__(self, *args: Any, account: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        if account.guardian_id is None:
            del self.fields["tail"]
        self.fields["password1"].help_text = " ".join(password_validation.password_validators_help_texts())
        for field in self.fields.values():
            field.error_messages["required"] = _("请填写这一项")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("两次输入的新密码不一样，请再输入一次"))
        elif first:
            try:
                password_validation.validate_password(first, user=self.account)
            except forms.ValidationError as reasons:
                self.add_error("password1", reasons)
        return cleaned


class Forgotten(forms.Form):
    number = forms.CharField(label=_("工号或学号"), max_length=40, error_messages={"required": _("请输入工号或学号")})

    def clean_number(self) -> str:
        return narrow(str(self.cleaned_data["number"]).strip())


class Preferences(forms.Form):
    language = forms.ChoiceField(required=False, choices=[("zh-hans", "简体中文"), ("en", "English")])
    scheme = forms.ChoiceField(required=False, choices=[("auto", "auto"), ("light", "light"), ("dark", "dark")])
