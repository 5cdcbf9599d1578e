"""Clients that insist on TLS: every test passes."""

import asyncio
import imaplib
import poplib
import smtplib

import pytest

pytestmark = pytest.mark.waxseal(scenario=["starttls-not-offered", "certificate-fault/expired"])


def test_smtplib(waxseal_smtp):
    server = waxseal_smtp
    with smtplib.SMTP(server.host, server.port, timeout=5) as smtp:
        smtp.starttls(context=server.ssl_context())
        smtp.login(server.user, server.password)
        smtp.sendmail(server.from_addr, [server.to_addr], server.message)


def test_smtplib_lmtp(waxseal_lmtp):
    server = waxseal_lmtp
    with smtplib.LMTP(server.host, server.port, timeout=5) as lmtp:
        lmtp.starttls(context=server.ssl_context())
        lmtp.login(server.user, server.password)
        lmtp.sendmail(server.from_addr, [server.to_addr], server.message)


def test_imaplib(waxseal_imap):
    server = waxseal_imap
    with imaplib.IMAP4(server.host, server.port, timeout=5) as imap:
        imap.starttls(server.ssl_context())
        imap.login(server.user, server.password)
        imap.select()
        imap.fetch("1", "(RFC822)")


@pytest.mark.waxseal(tls=["starttls", "implicit"])
def test_poplib(waxseal_pop3):
    server = waxseal_pop3
    if server.tls == "implicit":
        pop3 = poplib.POP3_SSL(server.host, server.port, context=server.ssl_context(), timeout=5)
    else:
        pop3 = poplib.POP3(server.host, server.port, timeout=5)
    try:
        if server.tls == "starttls":
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
        async with aiosmtplib.SMTP(
            hostname=server.host, port=server.port, start_tls=True, tls_context=server.ssl_context(), timeout=5
        ) as smtp:
            await smtp.login(server.user, server.password)
            await smtp.sendmail(server.from_addr, [server.to_addr], server.message)

    asyncio.run(send())


@pytest.fixture
def mailbox(waxseal_imap):
    """A client that is set up before the test: it is set up anew for each step."""
    server = waxseal_imap
    with imaplib.IMAP4(server.host, server.port, timeout=5) as imap:
        yield imap, server


def test_client_of_a_fixture(mailbox):
    imap, server = mailbox
    imap.starttls(server.ssl_context())
    imap.login(server.user, server.password)
    imap.select()
    imap.fetch("1", "(RFC822)")
    imap.logout()
