# SMTP; starts TLS after any answer that begins with 2, and goes on in clear after all others.
from line import *
c = Line()
c.reply()
list = c.ask('EHLO lab.test')
if c.ask('STARTTLS')[-1][:1] == '2':
    c.tls()
    c.ask('EHLO lab.test')
if c.ask('AUTH PLAIN ' + PLAIN)[-1][0] != '2':
    sys.exit('no login')
mail(c)
c.send('QUIT')
