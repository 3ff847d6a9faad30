"""The SIP stack: PJSIP behind the Phone interface; nothing else imports pjsua2."""

from .phone import PjsuaPhone

__all__ = ["PjsuaPhone"]
