# SMTP; HELO, STARTTLS and AUTH PLAIN without ever looking at a list.
from line import *
c = Line()
c.reply()
c.ask('EHLO lab.test')
assert c.ask('STARTTLS')[-1].startswith('220')
c.tls()
c.ask('EHLO lab.test')
c.send('AUTH PLAIN ' + PLAIN)
if c.reply()[-1].startswith('235'):
    mail(c)
c.ask('QUIT')
