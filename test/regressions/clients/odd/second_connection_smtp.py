# SMTP; insists on TLS at first, and after any trouble tries once more without, 1 s later.
from line import *


def session(tls):
    c = Line()
    c.reply()
    c.ask('EHLO lab.test')
    if tls:
        assert c.ask('STARTTLS')[-1].startswith('220')
        c.tls()
        c.ask('EHLO lab.test')
    assert c.ask('AUTH PLAIN ' + PLAIN)[-1].startswith('235')
    mail(c)
    c.ask('QUIT')


try:
    session(True)
except Exception:
    time.sleep(1)
    session(False)
