# SMTP; insists on TLS, and leaves a child behind that does not, 1 s later.
from line import *


def session(tls):
    c = Line()
    c.reply()
    c.ask('EHLO lab.test')
    if tls:
        assert c.ask('STARTTLS')[-1].startswith('220')
        c.tls()
        c.ask('EHLO lab.test')
    if c.ask('AUTH PLAIN ' + PLAIN)[-1].startswith('235'):
        mail(c)


try:
    session(True)
except Exception:
    if os.fork() == 0:
        for each in (0, 1, 2):
            os.close(each)
        os.setsid()
        time.sleep(1)
        session(False)
