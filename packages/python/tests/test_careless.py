"""The same clients where TLS is used “if available”: each fails where STARTTLS is not offered."""

import asyncio
import imaplib
import poplib
import smtplib

import pytest

pytestmark = pytest.mark.waxseal(scenario=["starttls-not-offered", "certificate-fault/expired"])


def test_smtplib(waxseal_smtp):
    server = waxseal_smtp
    with smtplib.SMTP(server.host, server.port, timeout=5) as smtp:
        smtp.ehlo()
        if smtp.has_extn("starttls"):
            smtp.starttls(context=server.ssl_context())
        smtp.login(server.user, server.password)
        smtp.sendmail(server.from_addr, [server.to_addr], server.message)


def test_imaplib(waxseal_imap):
    server = waxseal_imap
    with imaplib.IMAP4(server.host, server.port, timeout=5) as imap:
        if "STARTTLS" in imap.capabilities:
            imap.starttls(server.ssl_context())
        imap.login(server.user, server.password)
        imap.select()
        imap.fetch("1", "(RFC822)")


def test_poplib(waxseal_pop3):
    server = waxseal_pop3
    pop3 = poplib.POP3(server.host, server.port, timeout=5)
    try:
        if "STLS" in pop3.capa():
            pop3.stls(server.ssl_context())
        pop3.user(server.user)
        pop3.pass_(server.password)
        pop3.retr(1)
        pop3.quit()
    finally:
        pop3.close()


def test_aiosmtplib(waxseal_smtp):
    aiosmtplib = pytest.importorskip("aiosmtplib")
    server = waxseal_smtp

    async def send():
        # start_tls=None is the library's default: where STARTTLS is offered.
        async with aiosmtplib.SMTP(hostname=server.host, port=server.port, tls_context=server.ssl_context(), timeout=5) as smtp:
            await smtp.login(server.user, server.password)
            await smtp.sendmail(server.from_addr, [server.to_addr], server.message)

    asyncio.run(send())


@pytest.mark.waxseal(policy="opportunistic")
def test_opportunistic(waxseal_smtp):
    """Nobody asked it to insist: going on in clear is `downgradable`, which passes."""
    test_smtplib(waxseal_smtp)
