# SMTP; speaks in clear where TLS is due, and waits for no greeting.
from line import *
c = Line()
c.send('EHLO lab.test')
c.send('AUTH PLAIN ' + PLAIN)
c.reply()
