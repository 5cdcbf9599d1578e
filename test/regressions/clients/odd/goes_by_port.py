# IMAP or SMTP; TLS from the first byte, whatever the port is for ("secure" set wrongly).
from line import *
c = Line()
c.tls()
c.read()
