# SMTP; takes any answer to STARTTLS but the go-ahead for "no TLS", thinks for as long as its argument says, and logs in.
from line import *
c = Line()
c.reply()
c.ask('EHLO lab.test')
if c.ask('STARTTLS')[-1].startswith('220'):
    c.tls()
    c.ask('EHLO lab.test')
else:
    time.sleep(float(sys.argv[1]))
if c.ask('AUTH PLAIN ' + PLAIN)[-1].startswith('235'):
    mail(c)
c.ask('QUIT')
