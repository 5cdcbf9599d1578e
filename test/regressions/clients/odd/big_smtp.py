# SMTP; insists on STARTTLS, and sends 9 MB behind the visit's message.
from line import *
c = Line()
c.reply()
c.ask('EHLO lab.test')
assert c.ask('STARTTLS')[-1].startswith('220')
c.tls()
c.ask('EHLO lab.test')
assert c.ask('AUTH PLAIN ' + PLAIN)[-1].startswith('235')
for word in ('MAIL FROM:<%(from)s> SIZE=9000500' % E, 'RCPT TO:<%(to)s>' % E, 'DATA'):
    assert c.ask(word)[-1][0] in '23', word
c.sock.sendall(open(E['message'], 'rb').read() + b'0123456789' * 10 + b'\r\n')
for _ in range(90):
    c.sock.sendall((b'0123456789' * 9 + b'01234567\r\n') * 1000)
assert c.ask('.')[-1].startswith('250'), 'not taken'
c.ask('QUIT')
