# Speaks HTTP, with its password, whoever listens.
from line import *
c = Line()
c.send('POST /login HTTP/1.1\r\nHost: %s\r\nAuthorization: Basic %s\r\n' % (E['host'], b64('%(user)s:%(password)s' % E)))
print(c.read())
