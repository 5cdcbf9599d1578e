# SMTP; a pool of two connections, each used twice; both insist on TLS.
from line import *


def connection():
    c = Line()
    c.reply()
    c.ask('EHLO lab.test')
    assert c.ask('STARTTLS')[-1].startswith('220')
    c.tls()
    c.ask('EHLO lab.test')
    assert c.ask('AUTH PLAIN ' + PLAIN)[-1].startswith('235')
    return c


pool = [connection(), connection()]
for c in pool + pool:
    mail(c)
for c in pool:
    c.ask('QUIT')
