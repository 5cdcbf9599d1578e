# SMTP; says STARTTLS, is told to go ahead, and goes on in clear.
from line import *
c = Line()
c.reply()
c.ask('EHLO lab.test')
c.ask('STARTTLS')
c.send('EHLO lab.test')
c.send('AUTH PLAIN ' + PLAIN)
c.reply()
