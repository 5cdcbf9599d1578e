# SMTP; insists on STARTTLS, and takes 3 s to go after anything else.
from line import *
c = Line()
c.reply()
c.ask('EHLO lab.test')
if not c.ask('STARTTLS')[-1].startswith('220'):
    time.sleep(3)
    sys.exit('no TLS')
c.tls()
c.ask('EHLO lab.test')
if c.ask('AUTH PLAIN ' + PLAIN)[-1].startswith('235'):
    mail(c)
c.ask('QUIT')
