# SMTP, AUTH LOGIN and nothing else, without a look at the list; the buffer outlives STARTTLS and is read at once.
from line import *
c = Line(keeps=True)
c.reply()
c.ask('EHLO lab.test')
assert c.ask('STARTTLS')[-1].startswith('220')
c.tls()
c.ask('EHLO lab.test')
for word in ('AUTH LOGIN', b64(E['user']), b64(E['password'])):
    assert c.ask(word)[-1][0] in '23', 'no login'
mail(c)
c.ask('QUIT')
