# SMTP; reads a few bytes of the greeting and of the go-ahead, and sends all the rest without reading. Careful.
from line import *
c = Line()
c.sock.recv(4)
c.send('EHLO lab.test\r\nSTARTTLS')
heard = b''
while b'\n220' not in heard:
    data = c.sock.recv(64)
    if not data:
        sys.exit('no go-ahead')
    heard += data
    if heard.count(b'\n5') or heard.count(b'\n4'):
        sys.exit('refused')
while not heard.split(b'\n220', 1)[1].endswith(b'\n'):
    heard += c.sock.recv(1)
c.tls()
message = open(E['message'], newline='').read().rstrip('\r\n')
c.send('\r\n'.join(('EHLO lab.test', 'AUTH PLAIN ' + PLAIN, 'MAIL FROM:<%(from)s>' % E, 'RCPT TO:<%(to)s>' % E, 'DATA', message, '.', 'QUIT')))
while c.sock.recv(4096):
    pass
