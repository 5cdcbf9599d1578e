# SMTP, AUTH LOGIN and nothing else; the buffer outlives STARTTLS and is read when new bytes come, as in asyncio.
from line import *
c = Line(keeps=True, lazy=True)
c.reply()
c.ask('EHLO lab.test')
assert c.ask('STARTTLS')[-1].startswith('220')
c.tls()
assert any('LOGIN' in line for line in c.ask('EHLO lab.test'))
for word in ('AUTH LOGIN', b64(E['user']), b64(E['password'])):
    assert c.ask(word)[-1][0] in '23', 'no login'
mail(c)
c.ask('QUIT')
