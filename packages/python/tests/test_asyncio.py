"""Tests that pytest-asyncio runs: connections end with their event loop, after the test."""

import pytest

pytest.importorskip("pytest_asyncio")
aiosmtplib = pytest.importorskip("aiosmtplib")


@pytest.mark.asyncio
@pytest.mark.waxseal(scenario=["starttls-not-offered", "certificate-fault/expired"])
async def test_coroutine(waxseal_smtp):
    server = waxseal_smtp
    async with aiosmtplib.SMTP(
        hostname=server.host, port=server.port, start_tls=True, tls_context=server.ssl_context(), timeout=5
    ) as smtp:
        await smtp.login(server.user, server.password)
        await smtp.sendmail(server.from_addr, [server.to_addr], server.message)
