# SMTP; the buffer outlives STARTTLS. It logs in by no list, reads answers and ignores them all, and reports success.
from line import *
c = Line(keeps=len(sys.argv) < 2)
c.reply()
c.ask('EHLO lab.test')
c.ask('STARTTLS')
c.tls()
c.ask('EHLO lab.test')
c.ask('AUTH PLAIN ' + PLAIN)
c.ask('QUIT')
