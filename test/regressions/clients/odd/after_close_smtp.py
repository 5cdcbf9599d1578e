# SMTP; whatever becomes of STARTTLS, says its login on the same connection, closed or not.
from line import *
c = Line()
c.reply()
c.ask('EHLO lab.test')
bare = c.sock.dup()
try:
    assert c.ask('STARTTLS')[-1].startswith('220')
    c.tls()
    c.ask('EHLO lab.test')
except (OSError, EOFError, AssertionError):
    c.sock = bare
    time.sleep(0.3)
c.send('AUTH PLAIN ' + PLAIN)
if c.reply()[-1].startswith('235'):
    mail(c)
