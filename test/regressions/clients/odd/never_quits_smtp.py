# SMTP; insists on TLS, and goes without QUIT, by a reset.
import struct
from line import *
c = Line()
c.reply()
c.ask('EHLO lab.test')
assert c.ask('STARTTLS')[-1].startswith('220')
c.tls()
c.ask('EHLO lab.test')
assert c.ask('AUTH PLAIN ' + PLAIN)[-1].startswith('235')
mail(c)
c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
c.sock.close()
