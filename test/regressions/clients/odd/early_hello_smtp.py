# SMTP; STARTTLS and ClientHello before the go-ahead, and nothing without it.
from line import *
c = Line()
c.reply()
c.ask('EHLO lab.test')
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
tls = ssl.create_default_context(cafile=E['ca']).wrap_bio(incoming, outgoing, server_hostname=E['servername'])


def until_done(step):
    while True:
        try:
            return step()
        except ssl.SSLWantReadError:
            c.sock.sendall(outgoing.read())
            data = c.sock.recv(4096)
            incoming.write(data) if data else sys.exit('closed')


try:
    tls.do_handshake()
except ssl.SSLWantReadError:
    c.sock.sendall(b'STARTTLS\r\n' + outgoing.read())
goahead = c.sock.recv(4096)
assert goahead.startswith(b'220'), 'no TLS'
incoming.write(goahead.split(b'\n', 1)[1])
until_done(tls.do_handshake)
for word in ('EHLO lab.test', 'AUTH PLAIN ' + PLAIN, 'QUIT'):
    tls.write((word + '\r\n').encode())
    c.sock.sendall(outgoing.read())
    until_done(lambda: tls.read(4096))
