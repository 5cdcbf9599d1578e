# SMTP; chooses how TLS starts by the number of the port, as many mail programs do.
# usage: by_number.py implicit-on|starttls-on PORT...: that way on these ports, the other way on all others
from line import *

HOW, NUMBERS = sys.argv[1], sys.argv[2:]
c = Line()
if (E['port'] in NUMBERS) == (HOW == 'implicit-on'):
    c.tls()
    c.read()
else:
    c.read()
    c.ask('EHLO by-number.test')
    if not c.ask('STARTTLS')[-1].startswith('220'):
        sys.exit('no STARTTLS')
    c.tls()
c.ask('EHLO by-number.test')
if not c.ask('AUTH PLAIN ' + PLAIN)[-1].startswith('235'):
    sys.exit('no login')
mail(c)
c.ask('QUIT')
