# SMTP; takes TLS where it is listed, and sends its login byte by byte.
from line import *
c = Line()
c.reply()
if any('STARTTLS' in line for line in c.ask('EHLO lab.test')) and c.ask('STARTTLS')[-1].startswith('220'):
    c.tls()
    c.ask('EHLO lab.test')
c.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for byte in ('AUTH PLAIN %s\r\n' % PLAIN).encode():
    c.sock.sendall(bytes([byte]))
    time.sleep(0.002)
if c.reply()[-1].startswith('235'):
    mail(c)
c.ask('QUIT')
