# SMTP; a monitor that mails an alert of its own making, in base64, its commands pipelined. `loose`: without STARTTLS it sends without a login.
from line import *

ALERT = 'From: monitor@example.org\nTo: admin@example.org\nSubject: [FIRING:1] disk full\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n'
c = Line()
c.reply()
offers = ' '.join(c.ask('EHLO monitor.example.org'))
if 'STARTTLS' in offers and c.ask('STARTTLS')[-1].startswith('220'):
    c.tls()
    offers = ' '.join(c.ask('EHLO monitor.example.org'))
    assert c.ask('AUTH LOGIN ' + b64(E['user']))[-1].startswith('334')
    assert c.ask(b64(E['password']))[-1].startswith('235')
elif sys.argv[1] != 'loose':
    sys.exit('no TLS')
together = ['MAIL FROM:<%(from)s>' % E, 'RCPT TO:<%(to)s>' % E, 'DATA']
if 'PIPELINING' in offers:
    c.send('\r\n'.join(together))
    replies = [c.reply()[-1] for _ in together]
else:
    replies = [c.ask(word)[-1] for word in together]
if not replies[-1].startswith('354'):
    sys.exit('refused')
c.send((ALERT + b64('<b>disk full</b>' * 20)).replace('\n', '\r\n'))
c.ask('.')
c.ask('QUIT')
