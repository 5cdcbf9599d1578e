# SMTP; STARTTLS and AUTH in one segment.
from line import *
c = Line()
c.reply()
c.ask('EHLO lab.test')
c.sock.sendall(('STARTTLS\r\nAUTH PLAIN %s\r\n' % PLAIN).encode())
if c.reply()[-1].startswith('220'):
    c.tls()
    c.ask('EHLO lab.test')
    if c.ask('AUTH PLAIN ' + PLAIN)[-1].startswith('235'):
        mail(c)
