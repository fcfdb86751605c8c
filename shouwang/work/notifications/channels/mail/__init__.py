"""Mail over the school's own SMTP server. The Message-ID is the key: mail programs show the same one once."""

import smtplib
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from shouwang.trust.access.models import Account
from shouwang.work.notifications.channels import Parcel, Refused, Unreached, one_line
from shouwang.work.notifications.policies import PATIENCE


class Mail:
    code, title, title_en, order, groups, knows_keys = "mail", "邮件", "Mail", 30, False, True

    def is_configured(self) -> bool:
        return bool(settings.MAIL)

    def trouble(self) -> str:
        if not settings.MAIL:
            return ""
        if "@" not in parseaddr(settings.DEFAULT_FROM_EMAIL)[1] or settings.DEFAULT_FROM_EMAIL.endswith("@localhost"):
            return "没有发件人地址，多数邮件服务器会拒收；请设置 SHOUWANG_MAIL_FROM"
        return ""

    def address(self, account: Account | None) -> str:
        """Of staff only: the register of students and guardians has no mail addresses."""
        return account.staff.email if account is not None and account.staff is not None else ""

    def hand_over(self, parcel: Parcel) -> str:
        domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
        headers = {"Message-ID": f"<{parcel.key}@{domain}>", "Auto-Submitted": "auto-generated"}
        text = "\n\n".join(part for part in (parcel.text, parcel.url) if part) + "\n"
        mail = EmailMessage(one_line(parcel.title), text, to=[parcel.address], headers=headers)
        try:
            get_connection(timeout=PATIENCE).send_messages([mail])
        except smtplib.SMTPRecipientsRefused as refusal:
            raise (Refused if _permanent(refusal) else Unreached)("收件地址被拒绝") from refusal
        except smtplib.SMTPAuthenticationError as refusal:
            raise Unreached("邮件服务器不接受用户名或密码") from refusal
        except smtplib.SMTPResponseException as answer:
            raise Unreached(f"邮件服务器回答 {answer.smtp_code}") from answer
        except (smtplib.SMTPException, OSError) as problem:
            raise Unreached(f"连不上邮件服务器（{type(problem).__name__}）") from problem
        return headers["Message-ID"][:80]


def _permanent(refusal: smtplib.SMTPRecipientsRefused) -> bool:
    return all(code >= 500 for code, _ in refusal.recipients.values())


CHANNEL = Mail()
